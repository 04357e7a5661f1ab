//! Each rule lets a good manifest pass and finds a bad one.

use super::*;

const ROOT: &str = r#"
[workspace.dependencies]
contract = { path = "shared/contract" }
gateway = { path = "shared/gateway" }
lambda = { path = "shared/lambda" }
world = { path = "local/world" }
conclude = { path = "functions/conclude" }
serde = "1"
"#;

const STEP: &str = r#"
[package]
name = "conclude"
[[bin]]
name = "conclude"
[dependencies]
contract.workspace = true
lambda.workspace = true
"#;

fn manifest(folder: &str, text: &str) -> Manifest {
    Manifest::read(folder, text).unwrap()
}

fn arrows(folder: &str, text: &str) -> Vec<String> {
    let root: Table = ROOT.parse().unwrap();
    let all = [manifest("functions/conclude", STEP), manifest(folder, text)];
    wrong_arrows(&all, &our_names(&root, &all))
}

#[test]
fn a_version_outside_the_root_is_found_in_every_kind_of_dependency() {
    assert_eq!(own_versions(&manifest("functions/conclude", STEP)), Vec::<String>::new());
    for kind in ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"]
    {
        let found = own_versions(&manifest("a/b", &format!("[{kind}]\nserde = \"1\"\n")));
        assert_eq!(found, ["a/b/Cargo.toml: serde must be `serde.workspace = true`"], "{kind}");
    }
}

#[test]
fn a_step_has_one_name_in_all_places() {
    let root: Table = ROOT.parse().unwrap();
    assert_eq!(misnamed_step(&root, &manifest("functions/conclude", STEP)), Vec::<String>::new());
    assert_eq!(misnamed_step(&root, &manifest("functions/finish", STEP)).len(), 3);
    let other_binary = STEP.replace("[[bin]]\nname = \"conclude\"", "[[bin]]\nname = \"finish\"");
    assert_eq!(misnamed_step(&root, &manifest("functions/conclude", &other_binary)).len(), 1);
}

#[test]
fn the_contract_knows_no_aws_no_runtime_and_none_of_ours() {
    assert_eq!(arrows("shared/contract", "[dependencies]\nserde.workspace = true\n"), Vec::<String>::new());
    for name in ["aws-types", "tokio", "lambda_runtime", "gateway"] {
        let found = arrows("shared/contract", &format!("[dev-dependencies]\n{name}.workspace = true\n"));
        assert_eq!(found, [format!("shared/contract must not depend on {name}")]);
    }
}

#[test]
fn the_gateway_knows_the_contract_only() {
    assert_eq!(arrows("shared/gateway", "[dependencies]\ncontract.workspace = true\n"), Vec::<String>::new());
    let found = arrows("shared/gateway", "[dependencies]\nlambda.workspace = true\n");
    assert_eq!(found, ["shared/gateway must not depend on lambda"]);
}

#[test]
fn a_function_never_depends_on_a_function_not_even_in_its_tests() {
    let found = arrows("functions/list-apps", "[dev-dependencies]\nconclude.workspace = true\n");
    assert_eq!(found, ["functions/list-apps must not depend on conclude"]);
}

#[test]
fn a_function_ships_nothing_of_the_tests_and_may_use_it_in_its_own() {
    let tested = arrows("functions/list-apps", "[dev-dependencies]\nworld.workspace = true\n");
    assert_eq!(tested, Vec::<String>::new());
    let shipped = arrows("functions/list-apps", "[dependencies]\nworld.workspace = true\n");
    assert_eq!(shipped, ["functions/list-apps must not depend on world"]);
}

#[test]
fn the_world_knows_nothing_of_ours() {
    let found = arrows("local/world", "[dev-dependencies]\ncontract.workspace = true\n");
    assert_eq!(found, ["local/world must not depend on contract"]);
}
