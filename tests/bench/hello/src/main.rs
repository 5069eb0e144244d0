//! The least a function can be: `lambda_http` answering 200. Every cold start is compared with
//! this one, so nothing of ours belongs here.

use std::convert::Infallible;

use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::run(service_fn(hello)).await
}

async fn hello(_request: Request) -> Result<&'static str, Infallible> {
    Ok("hello")
}
