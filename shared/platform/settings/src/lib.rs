//! The only reader of the environment and of secrets.
//!
//! A function declares what it needs ([`Function`]); [`Settings::read`] reads it once at start and names
//! every fault together, so a badly configured function does not start and says all that is missing.
//! What is secret never comes from a variable: it is fetched from Secrets Manager ([`Vault`]).

mod aws;
mod function;
mod vault;

pub use aws::{LocalAws, sdk_for};
pub use function::{Function, Var};
pub use vault::{Secrets, Vault, VaultError};

use std::collections::BTreeMap;

use aws_config::SdkConfig;

/// The variables of one function, read and checked.
pub struct Settings {
    values: BTreeMap<&'static str, String>,
    tables: BTreeMap<&'static str, String>,
    sdk: SdkConfig,
    ses_endpoint: Option<String>,
}

/// Everything that is wrong with a function's environment.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{function} cannot start: {}", faults.join("; "))]
pub struct Faults {
    /// The function.
    pub function: &'static str,
    /// One sentence per fault.
    pub faults: Vec<String>,
}

impl Settings {
    /// Reads what `function` needs from the process environment.
    #[allow(clippy::disallowed_methods, reason = "the one room that may read the environment")]
    pub fn read(function: &Function, table_variables: &[(&'static str, String)]) -> Result<Self, Faults> {
        Self::read_from(function, table_variables, |name| std::env::var(name).ok())
    }

    /// Reads what `function` needs through `look`. `table_variables` are (table, variable) pairs.
    pub fn read_from(
        function: &Function,
        table_variables: &[(&'static str, String)],
        look: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let present = |name: &str| look(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut values = BTreeMap::new();
        for var in function.vars {
            match present(var.name()).or_else(|| var.default().map(str::to_owned)) {
                None => faults.push(format!("{} is missing ({})", var.name(), var.meaning())),
                Some(value) => match var.check(&value) {
                    Ok(()) => drop(values.insert(var.name(), value)),
                    Err(why) => faults.push(format!("{} {why}", var.name())),
                },
            }
        }
        let mut tables = BTreeMap::new();
        for (table, variable) in table_variables {
            match present(variable) {
                Some(name) => drop(tables.insert(*table, name)),
                None => faults.push(format!("{variable} is missing (physical name of the table {table})")),
            }
        }
        let ses_endpoint = present("AWS_ENDPOINT_URL_SES");
        let region = present("AWS_REGION").or_else(|| present("AWS_DEFAULT_REGION"));
        if region.is_none() {
            faults.push("AWS_REGION is missing".into());
        }
        if faults.is_empty() {
            let sdk = aws::from_environment(region.unwrap_or_default(), present);
            return Ok(Self { values, tables, sdk, ses_endpoint });
        }
        Err(Faults { function: function.name, faults })
    }

    /// The value of a declared variable; empty for one that was not declared.
    pub fn get(&self, var: Var) -> &str {
        self.values.get(var.name()).map_or("", String::as_str)
    }

    /// The parts of a comma-separated variable.
    pub fn list(&self, var: Var) -> Vec<String> {
        self.get(var).split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
    }

    /// Whether a declared variable has this value.
    pub fn is(&self, var: Var, value: &str) -> bool {
        self.get(var) == value
    }

    /// The days of a declared variable. What is no number has refused to start; one that was not declared
    /// counts as its default.
    pub fn days(&self, var: Var) -> u16 {
        let declared = self.get(var).parse().ok();
        declared.or_else(|| var.default()?.parse().ok()).unwrap_or_default()
    }

    /// The physical name of a declared table; empty for one that was not declared.
    pub fn table(&self, name: &str) -> &str {
        self.tables.get(name).map_or("", String::as_str)
    }

    /// Whether an emulator stands in for AWS; S3 is then addressed by path.
    pub fn is_emulated(&self) -> bool {
        self.sdk.endpoint_url().is_some()
    }

    /// A stand-in for SES, where one is named.
    pub fn ses_endpoint(&self) -> Option<&str> {
        self.ses_endpoint.as_deref()
    }

    /// How AWS is reached.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: Function = Function {
        name: "example",
        vars: &[Var::AppBaseUrl, Var::SenderEmail, Var::AllowedOrigins, Var::RetentionDays, Var::StaffMfa],
    };

    #[test]
    fn all_faults_are_named_together() {
        let tables = [("users", "USERS_TABLE".to_owned())];
        let Err(faults) = Settings::read_from(&EXAMPLE, &tables, |name| {
            (name == "APP_BASE_URL").then(|| "nonsense".into())
        }) else {
            panic!("an empty environment was accepted");
        };
        let told = faults.to_string();
        for name in ["APP_BASE_URL", "SENDER_EMAIL", "USERS_TABLE", "AWS_REGION"] {
            assert!(told.contains(name), "{told}");
        }
        assert!(!told.contains("ALLOWED_ORIGINS"), "it has a default: {told}");
    }

    #[test]
    fn a_full_environment_is_read() {
        let tables = [("users", "USERS_TABLE".to_owned())];
        let look = |name: &str| {
            let value = match name {
                "APP_BASE_URL" => "https://app.example.kr",
                "SENDER_EMAIL" => "no-reply@example.kr",
                "USERS_TABLE" => "stack-users-1",
                "AWS_REGION" => "ap-northeast-2",
                "ALLOWED_ORIGINS" => "https://a.kr, https://b.kr",
                "RETENTION_DAYS" => "7",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let settings = Settings::read_from(&EXAMPLE, &tables, look).unwrap_or_else(|f| panic!("{f}"));
        assert_eq!(settings.table("users"), "stack-users-1");
        assert_eq!(settings.list(Var::AllowedOrigins), ["https://a.kr", "https://b.kr"]);
        assert_eq!(settings.days(Var::RetentionDays), 7);
        assert!(settings.is(Var::StaffMfa, "optional") && !settings.is(Var::StaffMfa, "required"));
    }
}
