//! Types too long for one line of TypeScript, and some that just fit.

use std::collections::BTreeMap;

use rowcast_schema::prelude::*;

/// Long in every way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
pub struct InternationalTransportationAgreement {
    #[resource(id)]
    pub id: i64,
    pub responsible_authority_of_the_country: Vec<ResponsibleAuthorityOfTheCountry>,
    pub means_by_authority_of_the_country: BTreeMap<String, MeansOfTransportationInTheCountry>,
    pub optional_means_of_transportation: Option<MeansOfTransportationInTheCountry>,
    pub pair_of_means_of_transportation: (
        MeansOfTransportationInTheCountry,
        ResponsibleAuthorityOfTheCountry,
    ),
    pub list_of_pairs_of_means_of_transportation: Vec<(
        MeansOfTransportationInTheCountry,
        ResponsibleAuthorityOfTheCountry,
    )>,
    pub map_of_pairs_of_means_of_transportation: BTreeMap<
        String,
        (
            MeansOfTransportationInTheCountry,
            ResponsibleAuthorityOfTheCountry,
        ),
    >,
    pub map_of_optional_means_of_transportation:
        BTreeMap<String, Option<MeansOfTransportationInTheCountry>>,
    pub list_of_optional_means_of_transportation_: Vec<Option<MeansOfTransportationInTheCountry>>,
    pub optional_means_that_are_used_in_the_country_if_any_at_all_are_used:
        Option<MeansOfTransportationInTheCountry>,
    pub optional_pair_of_means_of_transportation: Option<(
        MeansOfTransportationInTheCountry,
        ResponsibleAuthorityOfTheCountry,
    )>,
    pub optional_list_of_pairs_of_means: Option<
        Vec<(
            MeansOfTransportationInTheCountry,
            ResponsibleAuthorityOfTheCountry,
        )>,
    >,
    pub list_of_maps_of_pairs_of_means: Vec<
        BTreeMap<
            String,
            (
                MeansOfTransportationInTheCountry,
                ResponsibleAuthorityOfTheCountry,
            ),
        >,
    >,
    pub map_of_lists_of_pairs_of_means: BTreeMap<
        String,
        Vec<(
            MeansOfTransportationInTheCountry,
            ResponsibleAuthorityOfTheCountry,
        )>,
    >,
    pub optional_map_of_means_of_transportation:
        Option<BTreeMap<String, Vec<MeansOfTransportationInTheCountry>>>,
    pub list_of_optional_authorities_of_the_country_and_more:
        Vec<Option<ResponsibleAuthorityOfTheCountry>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MeansOfTransportationInTheCountry {
    ByRail,
    ByRoad,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
pub enum ResponsibleAuthorityOfTheCountry {
    Ministry {
        name_of_the_ministry_in_the_official_language: String,
        address_of_the_ministry: String,
    },
    Agency(AgencyOfTheCountryForTransportation),
    Delegated(BTreeMap<String, AgencyOfTheCountryForTransportation>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgencyOfTheCountryForTransportation {
    #[serde(flatten)]
    pub contact: ContactOfTheAgencyOfTheCountry,
    #[serde(flatten)]
    pub rest: BTreeMap<String, Vec<MeansOfTransportationInTheCountry>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactOfTheAgencyOfTheCountry {
    pub telephone: String,
}

/// Outside tagged, with a long variant in a list.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub enum OutcomeOfTheTransportationCommand {
    Accepted {
        by_which_authority: Vec<ResponsibleAuthorityOfTheCountry>,
        at_which_hour_of_the_day: u8,
    },
    Refused(
        Vec<(
            MeansOfTransportationInTheCountry,
            ResponsibleAuthorityOfTheCountry,
        )>,
    ),
}

/// Answers with something long.
#[derive(Debug, Clone, Deserialize, JsonSchema, Command)]
#[command(
    ack = "Vec<(MeansOfTransportationInTheCountry, Option<OutcomeOfTheTransportationCommand>)>"
)]
pub struct NegotiateInternationalTransportationAgreement {
    pub outcome: OutcomeOfTheTransportationCommand,
}

/// Tells with a long name.
#[derive(Debug, Clone, Serialize, JsonSchema, Event)]
#[event(name = "the international transportation agreement was negotiated: see its outcome")]
pub struct InternationalTransportationAgreementNegotiated {
    pub outcome: OutcomeOfTheTransportationCommand,
}

pub fn schema() -> Description {
    Schema::new("Layout")
        .resource::<InternationalTransportationAgreement>()
        .command::<NegotiateInternationalTransportationAgreement>()
        .event::<InternationalTransportationAgreementNegotiated>()
        .describe()
}
