//! What databases write differently, and statements in the words of each.

use sea_query::{
    Alias, Expr, Query, QueryStatementWriter, SchemaStatementBuilder, SelectStatement,
    SqliteQueryBuilder,
};

use super::lines;
use crate::rust::layout::WIDTH;
use crate::rust::names::raw_literal;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
}

/// A statement in the dialect of each database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rust) struct Sql {
    pub sqlite: String,
}

impl Sql {
    /// The same statement, rendered for each.
    pub(super) fn each(render: impl Fn(Dialect) -> String) -> Self {
        Self {
            sqlite: render(Dialect::Sqlite),
        }
    }

    /// The value of it in emitted code, behind so much of its line as `before`, which begins with blanks as `indent`; with
    /// one character behind it.
    pub(in crate::rust) fn literal(&self, indent: usize, before: usize) -> String {
        let text = raw_literal(&self.sqlite);
        let short = format!("store::Statement {{ sqlite: {text} }}");
        if !text.contains('\n') && before + short.len() < WIDTH {
            return short;
        }
        let blanks = " ".repeat(indent);
        format!("store::Statement {{\n{blanks}    sqlite: {text},\n{blanks}}}")
    }

    /// The same for one that there may be none of.
    pub(super) fn some(render: impl Fn(Dialect) -> Option<String>) -> Option<Self> {
        Some(Self {
            sqlite: render(Dialect::Sqlite)?,
        })
    }
}

impl Dialect {
    /// A statement on one line.
    pub(super) fn one_line(self, query: &impl QueryStatementWriter) -> String {
        match self {
            Self::Sqlite => query.to_string(SqliteQueryBuilder),
        }
    }

    /// A statement with each clause on a line of its own.
    pub(super) fn text(self, query: &impl QueryStatementWriter) -> String {
        lines(&self.one_line(query))
    }

    /// A statement that makes or changes tables.
    pub(super) fn definition(self, statement: &impl SchemaStatementBuilder) -> String {
        match self {
            Self::Sqlite => statement.to_string(SqliteQueryBuilder),
        }
    }

    /// The place of a parameter. They are numbered, so that a statement can use one twice.
    pub(super) fn place(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("?{number}"),
        }
    }

    /// The same as an expression: a keyword, since other custom expressions are put in parentheses.
    pub(super) fn parameter(self, number: usize) -> Expr {
        Expr::custom_keyword(Alias::new(self.place(number)))
    }

    /// The items of a parameter that is a list, as a table with the column `value`: a statement can't have a varying number
    /// of parameters.
    pub(super) fn items(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("json_each({})", self.place(number)),
        }
    }

    /// These items as a subquery.
    pub(super) fn each(self, number: usize) -> SelectStatement {
        Query::select()
            .expr(Expr::cust(format!("value FROM {}", self.items(number))))
            .take()
    }
}
