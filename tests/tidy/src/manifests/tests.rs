//! Each rule lets a good manifest pass and finds a bad one.

use super::*;

const ROOT: &str = r#"
[workspace.dependencies]
contract = { path = "shared/contract" }
aws = { path = "shared/aws" }
step = { path = "shared/step" }
fake-aws = { path = "local/fake-aws" }
summarize = { path = "functions/summarize" }
serde = "1"
"#;

const STEP: &str = r#"
[package]
name = "summarize"
[[bin]]
name = "summarize"
[dependencies]
contract.workspace = true
step.workspace = true
"#;

fn manifest(folder: &str, text: &str) -> Manifest {
    Manifest::read(folder, text).unwrap()
}

fn arrows(folder: &str, text: &str) -> Vec<String> {
    let root: Table = ROOT.parse().unwrap();
    let all = [manifest("functions/summarize", STEP), manifest(folder, text)];
    wrong_arrows(&all, &our_names(&root, &all))
}

#[test]
fn a_version_outside_the_root_is_found_in_every_section() {
    assert_eq!(own_versions(&manifest("functions/summarize", STEP)), Vec::<String>::new());
    for kind in ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"]
    {
        let found = own_versions(&manifest("a/b", &format!("[{kind}]\nserde = \"1\"\n")));
        assert_eq!(found, ["a/b/Cargo.toml: serde must be `serde.workspace = true`"], "{kind}");
    }
}

#[test]
fn a_step_has_one_name_in_all_places() {
    let root: Table = ROOT.parse().unwrap();
    assert_eq!(misnamed_step(&root, &manifest("functions/summarize", STEP)), Vec::<String>::new());
    assert_eq!(misnamed_step(&root, &manifest("functions/finish", STEP)).len(), 3);
    let other_binary = STEP.replace("[[bin]]\nname = \"summarize\"", "[[bin]]\nname = \"finish\"");
    assert_eq!(misnamed_step(&root, &manifest("functions/summarize", &other_binary)).len(), 1);
}

#[test]
fn the_contract_knows_no_aws_no_runtime_and_none_of_ours() {
    assert_eq!(arrows("shared/contract", "[dependencies]\nserde.workspace = true\n"), Vec::<String>::new());
    for name in ["aws-types", "tokio", "lambda_runtime", "aws"] {
        let found = arrows("shared/contract", &format!("[dev-dependencies]\n{name}.workspace = true\n"));
        assert_eq!(found, [format!("shared/contract must not depend on {name}")]);
    }
}

#[test]
fn shared_aws_knows_the_contract_only() {
    assert_eq!(arrows("shared/aws", "[dependencies]\ncontract.workspace = true\n"), Vec::<String>::new());
    let found = arrows("shared/aws", "[dependencies]\nstep.workspace = true\n");
    assert_eq!(found, ["shared/aws must not depend on step"]);
}

#[test]
fn a_function_never_depends_on_a_function_not_even_in_its_tests() {
    let found = arrows("functions/list-apps", "[dev-dependencies]\nsummarize.workspace = true\n");
    assert_eq!(found, ["functions/list-apps must not depend on summarize"]);
}

#[test]
fn a_function_may_use_test_crates_only_in_its_own_tests() {
    let tested = arrows("functions/list-apps", "[dev-dependencies]\nfake-aws.workspace = true\n");
    assert_eq!(tested, Vec::<String>::new());
    let shipped = arrows("functions/list-apps", "[dependencies]\nfake-aws.workspace = true\n");
    assert_eq!(shipped, ["functions/list-apps must not depend on fake-aws"]);
}

#[test]
fn the_emulated_aws_knows_nothing_of_ours() {
    let found = arrows("local/fake-aws", "[dev-dependencies]\ncontract.workspace = true\n");
    assert_eq!(found, ["local/fake-aws must not depend on contract"]);
}
