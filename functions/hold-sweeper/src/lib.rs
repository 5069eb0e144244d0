//! Tidies holds whose time ran out.
