//! Figures as tables that can be pasted into a page, and the small sums behind them.

use std::time::Duration;

/// Prints the heading of a scenario.
pub fn heading(text: &str) {
    println!("\n## {text}\n");
}

/// Prints a line of explanation.
pub fn note(text: &str) {
    println!("{text}");
}

/// Rows of figures under a heading each.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: &[&str]) -> Self {
        Self {
            rows: vec![columns.iter().map(ToString::to_string).collect()],
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Prints it in Markdown, aligned.
    pub fn print(&self) {
        println!("{}", self.text());
    }

    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(3)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let mut lines: Vec<String> = self.rows.iter().map(|row| line(row, &widths)).collect();
        lines.insert(1, line(&rule, &widths));
        lines.join("\n")
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cell = |(index, width): (usize, &usize)| {
        let text = cells.get(index).map_or("", String::as_str);
        format!(" {text:<width$} |")
    };
    let cells: String = widths.iter().enumerate().map(cell).collect();
    format!("|{cells}")
}

/// The middle one. Of an even number of values, the upper of the two in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The duration below which this share of them lies, in milliseconds.
pub fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let index = (sorted.len() as f64 * share) as usize;
    sorted
        .get(index.min(last))
        .map_or(f64::NAN, |duration| duration.as_secs_f64() * 1000.0)
}

/// Processor time of one of many, in microseconds.
pub fn micros_each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

/// A number with as many digits as mean something.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => grouped(value),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

pub fn ratio(value: f64) -> String {
    format!("{} ×", number(value))
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digit.is_ascii_digit() && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned() {
        let mut table = Table::new(&["", "ops/s"]);
        table.row(["a server".into(), number(12_345.6)]);
        table.row(["×".into(), ratio(1.5)]);
        let expected = "|          | ops/s  |\n| -------- | ------ |\n| a server | 12,346 |\n| ×        | 1.50 × |";
        assert_eq!(table.text(), expected);
    }

    #[test]
    fn sums_are_right() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert!(median([]).is_nan());
        let hundred: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(quantile(&hundred, 0.99), 100.0);
        assert_eq!(quantile(&hundred, 0.5), 51.0);
        assert_eq!(number(1_234_567.0), "1,234,567");
        assert_eq!(number(99.94), "99.9");
        assert_eq!(micros_each(Duration::from_secs(1), 100_000), 10.0);
    }
}
