//! Reading a function's answer just far enough to know whether measuring it made sense.

use serde_json::{Deserializer, Value};

/// The HTTP status, if the answer has one. An answer that says the work failed is an error: a
/// failure's speed is not the function's.
pub fn read(body: &[u8]) -> Result<Option<u16>, String> {
    // A streamed answer puts its bytes behind the JSON, so only the first value is read.
    let Some(Ok(value)) = Deserializer::from_slice(body).into_iter::<Value>().next() else {
        return Ok(None);
    };
    let failed = value.get("batchItemFailures").and_then(Value::as_array);
    if failed.is_some_and(|records| !records.is_empty()) {
        return Err(format!("it gave records back: {value}"));
    }
    let status = value.get("statusCode").and_then(Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    if status.is_some_and(|status| status >= 500) {
        return Err(format!("it answered a server error: {value}"));
    }
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_answer_has_a_status() {
        assert_eq!(read(br#"{"statusCode":201,"body":"{}"}"#), Ok(Some(201)));
    }

    #[test]
    fn a_streamed_answer_has_one_too() {
        assert_eq!(read(b"{\"statusCode\":200}\0\0\0\0\0\0\0\0data: 1\n\n"), Ok(Some(200)));
    }

    #[test]
    fn a_workers_answer_has_none() {
        assert_eq!(read(b"null"), Ok(None));
        assert_eq!(read(b""), Ok(None));
        assert_eq!(read(br#"{"batchItemFailures":[]}"#), Ok(None));
    }

    #[test]
    fn a_server_error_is_no_measurement() {
        let refusal = read(br#"{"statusCode":503}"#).unwrap_err();
        assert_eq!(refusal, r#"it answered a server error: {"statusCode":503}"#);
    }

    #[test]
    fn records_given_back_are_no_measurement() {
        assert!(read(br#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#).is_err());
    }
}
