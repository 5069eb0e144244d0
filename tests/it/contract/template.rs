//! The template against the functions' own lists.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use harness::contract::{Template, entries, text};
use harness::functions::{self, Trigger};
use harness::gateway::{Gateway, TEMPLATE};
use maru_settings::Var;
use maru_table::{Action, TableSpec};
use serde_norway::Value;

/// Name, keys, projection.
type Index = (String, Vec<(String, String)>, String);

fn template() -> Template {
    Template::read(TEMPLATE).unwrap()
}

fn names() -> BTreeSet<String> {
    functions::all().iter().map(|f| f.function.name.to_owned()).collect()
}

/// The workspace's root.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn folders_packages_resources_and_the_harness_list_the_same_functions() -> Result<()> {
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("functions"))?
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders, names());
    let resources: BTreeSet<String> = template()
        .of_type("AWS::Serverless::Function")
        .values()
        .map(|p| {
            text(p.get("CodeUri").unwrap())
                .trim_start_matches("target/lambda/")
                .trim_end_matches('/')
                .to_owned()
        })
        .collect();
    assert_eq!(resources, names());
    for name in names() {
        let manifest = std::fs::read_to_string(root().join("functions").join(&name).join("Cargo.toml"))?;
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
    Ok(())
}

#[test]
fn variables_of_the_template_are_exactly_those_the_functions_read() -> Result<()> {
    for listed in functions::all() {
        let vars = listed.function.vars.iter().map(|var| var.name().to_owned());
        let tables = listed.grants.iter().map(|grant| grant.table.variable());
        let read: BTreeSet<String> = vars.chain(tables).collect();
        assert_eq!(template().variables(listed.function.name)?, read, "{}", listed.function.name);
    }
    Ok(())
}

#[test]
fn each_function_may_do_exactly_what_it_declares() -> Result<()> {
    for listed in functions::all() {
        let name = listed.function.name;
        let mut declared: BTreeSet<(String, String)> = BTreeSet::new();
        for grant in &listed.grants {
            for action in grant.may {
                declared.insert((action.iam().to_owned(), grant.table.resource()));
            }
        }
        let mut allowed = template().allowed(name)?;
        // An index is a right of its own: only functions that query may have it, and only of tables
        // that have one.
        let indexes: Vec<_> =
            allowed.iter().filter(|(_, resource)| resource.contains("/index/")).cloned().collect();
        for (action, resource) in indexes {
            let table = resource.split('/').next().unwrap_or_default().to_owned();
            let spec = functions::tables()
                .into_iter()
                .find(|t| t.resource() == table)
                .context("index of no table")?;
            let index = resource.rsplit('/').next().unwrap_or_default();
            assert!(spec.indexes.iter().any(|i| i.name == index), "{name}: {resource}");
            assert!(
                declared.contains(&(Action::Query.iam().to_owned(), table.clone())),
                "{name}: {resource}"
            );
            allowed.remove(&(action, resource));
        }
        let secret = allowed.remove(&("secretsmanager:GetSecretValue".into(), "Secret".into()));
        assert_eq!(secret, listed.function.vars.contains(&Var::SecretArn), "{name} and the secret");
        let bucket = allowed.remove(&("s3:ListBucket".into(), "FilesBucket".into()));
        assert_eq!(bucket, listed.function.vars.contains(&Var::FilesBucket), "{name} and the bucket");
        let mail = allowed.remove(&("ses:SendEmail".into(), "*".into()));
        assert_eq!(mail, listed.function.vars.contains(&Var::SenderEmail), "{name} and mail");
        allowed.remove(&("sqs:SendMessage".into(), "DeadLetters".into()));
        assert_eq!(allowed, declared, "{name}");
    }
    Ok(())
}

#[test]
fn only_the_gates_functions_may_write_the_ledger() {
    let writers: BTreeSet<&str> = functions::all()
        .iter()
        .filter(|f| {
            f.grants.iter().any(|g| {
                g.table.name == "ledger"
                    && g.may
                        .iter()
                        .any(|a| [Action::PutItem, Action::UpdateItem, Action::DeleteItem].contains(a))
            })
        })
        .map(|f| f.function.name)
        .collect();
    let gate = [
        "bookings",
        "hold-sweeper",
        "pay",
        "payment-checker",
        "payment-confirm",
        "payment-webhook",
        "payments",
        "rooms",
        "tours",
    ];
    assert_eq!(writers, gate.into());
}

#[test]
fn tables_of_the_template_are_the_tables_of_the_code() -> Result<()> {
    let template = template();
    let tables = template.of_type("AWS::DynamoDB::Table");
    let declared: BTreeSet<String> = functions::tables().iter().map(|t| t.resource()).collect();
    assert_eq!(tables.keys().cloned().collect::<BTreeSet<_>>(), declared);
    let resources = template.section("Resources");
    for spec in functions::tables() {
        let properties = tables.get(&spec.resource()).context("no such table")?;
        assert_eq!(keys(properties), expected_keys(spec), "{}", spec.name);
        let indexes: BTreeSet<Index> = sequence(properties.get("GlobalSecondaryIndexes"))
            .map(|index| {
                (text(&index["IndexName"]), keys(index), text(&index["Projection"]["ProjectionType"]))
            })
            .collect();
        let expected: BTreeSet<_> = spec
            .indexes
            .iter()
            .map(|i| {
                (
                    i.name.to_owned(),
                    vec![
                        (i.partition.name.to_owned(), "HASH".into()),
                        (i.sort.name.to_owned(), "RANGE".into()),
                    ],
                    "KEYS_ONLY".to_owned(),
                )
            })
            .collect();
        assert_eq!(indexes, expected, "{}", spec.name);
        let ttl = properties.get("TimeToLiveSpecification").map(|t| text(&t["AttributeName"]));
        assert_eq!(ttl.as_deref(), spec.ttl, "{}", spec.name);
        let stream = properties.get("StreamSpecification").map(|s| text(&s["StreamViewType"]));
        assert_eq!(stream.as_deref(), spec.stream.then_some("NEW_IMAGE"), "{}", spec.name);
        let attributes: BTreeSet<(String, String)> = sequence(properties.get("AttributeDefinitions"))
            .map(|a| (text(&a["AttributeName"]), text(&a["AttributeType"])))
            .collect();
        let all = std::iter::once(spec.partition)
            .chain(spec.sort)
            .chain(spec.indexes.iter().flat_map(|i| [i.partition, i.sort]));
        assert_eq!(
            attributes,
            all.map(|a| (a.name.to_owned(), format!("{:?}", a.kind))).collect(),
            "{}",
            spec.name
        );
        let resource = resources.get(&spec.resource()).context("no such resource")?;
        assert!(properties.get("TableName").is_none(), "{}: a fixed name cannot be replaced", spec.name);
        assert_eq!(text(&properties["BillingMode"]), "PAY_PER_REQUEST");
        assert_eq!(
            text(&properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]),
            "true"
        );
        assert_eq!(
            (text(&resource["DeletionPolicy"]), text(&resource["UpdateReplacePolicy"])),
            ("Retain".into(), "Retain".into()),
            "{}",
            spec.name
        );
    }
    Ok(())
}

fn expected_keys(spec: &TableSpec) -> Vec<(String, String)> {
    let sort = spec.sort.map(|sort| (sort.name.to_owned(), "RANGE".to_owned()));
    std::iter::once((spec.partition.name.to_owned(), "HASH".to_owned())).chain(sort).collect()
}

fn keys(value: &Value) -> Vec<(String, String)> {
    sequence(value.get("KeySchema")).map(|k| (text(&k["AttributeName"]), text(&k["KeyType"]))).collect()
}

fn sequence(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_sequence).into_iter().flatten()
}

#[tokio::test]
async fn the_template_routes_each_path_to_the_function_that_serves_it_and_no_dead_ones() -> Result<()> {
    let app = harness::app::App::start().await?;
    let gateway = Gateway::from_template(TEMPLATE)?;
    let mut served = BTreeSet::new();
    for front in app.stack().fronts() {
        for operation in front.operations() {
            let (_, path, _) = operation.route();
            // A variable segment is any text that names no sibling.
            let concrete = path
                .split('/')
                .map(|part| if part.starts_with('{') { "x-1" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            assert_eq!(gateway.function(&concrete), Some(front.name()), "{path}");
            served.insert((front.name().to_owned(), path.to_owned()));
        }
    }
    for (path, function) in gateway.routes().filter(|(_, function)| *function != "system") {
        let prefix = path.trim_end_matches("/{proxy+}");
        let alive = served.iter().any(|(name, known)| {
            name == function
                && (known == prefix
                    || (path.ends_with("{proxy+}") && known.starts_with(&format!("{prefix}/"))))
        });
        assert!(alive, "{path} of {function} leads nowhere");
    }
    assert_eq!(gateway.function("/"), Some("system"));
    assert_eq!(gateway.function("/no/such/path"), Some("system"));
    Ok(())
}

#[test]
fn workers_have_their_source_report_partial_failures_and_have_somewhere_to_put_dead_letters() -> Result<()> {
    let template = template();
    for listed in functions::all() {
        let properties = template.function(listed.function.name)?;
        let events = entries(properties.get("Events"));
        for (name, event) in &events {
            let kind = text(&event["Type"]);
            let config = &event["Properties"];
            let where_ = format!("{} {name}", listed.function.name);
            match listed.trigger {
                Trigger::Http => assert_eq!(kind, "Api", "{where_}"),
                Trigger::Trail => {
                    assert_eq!(
                        (kind.as_str(), text(&config["Stream"]).as_str()),
                        ("DynamoDB", "AuditsTable.StreamArn"),
                        "{where_}"
                    );
                    assert_eq!(
                        text(&config["FunctionResponseTypes"][0]),
                        "ReportBatchItemFailures",
                        "{where_}"
                    );
                    assert_eq!(
                        text(&config["DestinationConfig"]["OnFailure"]["Destination"]),
                        "DeadLetters.Arn",
                        "{where_}"
                    );
                    assert!(
                        !text(&config["MaximumRetryAttempts"]).is_empty(),
                        "{where_}: a poison record would block the trail for a day"
                    );
                }
                Trigger::Feedback => {
                    assert_eq!(
                        (kind.as_str(), text(&config["Topic"]).as_str()),
                        ("SNS", "MailFeedbackTopic"),
                        "{where_}"
                    );
                    let failed = &properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"];
                    assert_eq!(text(&failed["Destination"]), "DeadLetters.Arn", "{where_}");
                }
                Trigger::Each(rate) => {
                    assert_eq!(
                        (kind.as_str(), text(&config["ScheduleExpression"]).as_str()),
                        ("ScheduleV2", rate),
                        "{where_}"
                    );
                    // A fixed name would let only one stack live in an account and region.
                    assert_eq!(text(&config["OmitName"]), "true", "{where_}");
                    assert_eq!(text(&config["DeadLetterConfig"]["Arn"]), "DeadLetters.Arn", "{where_}");
                }
            }
        }
        assert!(!events.is_empty(), "{} is never started", listed.function.name);
    }
    Ok(())
}

#[test]
fn every_reference_of_the_template_leads_somewhere() {
    assert_eq!(template().dangling(), BTreeSet::new());
}

#[test]
fn the_template_stays_small_and_its_alarms_few() {
    let template = template();
    // SAM expands each function to about seven resources, and each table and log group is one.
    let functions = template.of_type("AWS::Serverless::Function").len();
    let others = template.section("Resources").len() - functions;
    assert!(functions * 7 + others < 400, "{functions} functions, {others} others");
    assert!(template.of_type("AWS::CloudWatch::Alarm").len() <= 10);
}

#[test]
fn no_secret_is_in_a_variable_and_every_variable_is_used_by_some_function() {
    for var in Var::ALL {
        assert!(
            functions::all().iter().any(|f| f.function.vars.contains(&var)),
            "{} is read by nobody",
            var.name()
        );
    }
    let template = template();
    for listed in functions::all() {
        let variables =
            template.function(listed.function.name).unwrap().get("Environment").map(|e| &e["Variables"]);
        for (name, value) in entries(variables) {
            let known = ["TOSS_CLIENT_KEY", "KAKAO_REST_API_KEY", "PASSWORD_POLICY"].contains(&name.as_str());
            let secretive = ["KEY", "PASSWORD", "TOKEN"].iter().any(|word| name.contains(word))
                && !known
                && !name.ends_with("_TABLE");
            assert!(!secretive, "{name} of {}", listed.function.name);
            assert!(!text(value).contains("resolve:secretsmanager"), "{name} of {}", listed.function.name);
        }
    }
}
