//! Tests the JSONata that state machines use, and that expressions without a reproducible result
//! are refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Expression, Names};

/// Variables of a test by name, including `states`.
struct Known(BTreeMap<&'static str, Value>);

impl Names for Known {
    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn of_states(&self, member: &str) -> Option<&Value> {
        self.0["states"].get(member)
    }
}

/// Evaluates with the variables `$states` (`{"input": input}`), `$job` and `$items`.
#[expect(clippy::needless_pass_by_value, reason = "takes what json! makes, in place")]
fn evaluate(source: &str, input: Value) -> Result<Option<Value>, String> {
    let values = Known(BTreeMap::from([
        ("states", json!({ "input": input })),
        ("job", json!({ "id": 7, "tags": { "b": 2, "a": 1 } })),
        ("items", json!([{ "n": 1, "ok": true }, { "n": 2, "ok": false }, { "n": 3, "ok": true }])),
    ]));
    Expression::parse(source)?.evaluate(&values)
}

fn value(source: &str) -> Value {
    evaluate(source, json!({})).unwrap().unwrap_or_else(|| panic!("{source} gave nothing"))
}

#[test]
fn the_expressions_that_authors_write_give_what_jsonata_gives() {
    let cases = [
        ("$count($items)", json!(3)),
        ("$count($items[ok])", json!(2)),
        ("$exists($job.id) and $not($exists($job.missing))", json!(true)),
        ("$job.id > 5 ? 'large' : 'small'", json!("large")),
        ("$items[n = 2].ok", json!(false)),
        ("$items.n", json!([1, 2, 3])),
        ("$merge([$job, { 'id': 8 }]).id", json!(8)),
        ("{ 'id': $job.id, 'none': $job.missing }", json!({ "id": 7 })),
        ("'job-' & $job.id & '-' & true", json!("job-7-true")),
        ("$string($job)", json!("{\"id\":7,\"tags\":{\"a\":1,\"b\":2}}")),
        ("$keys($job.tags)", json!(["a", "b"])),
        ("$map($items, function($v, $i) { $v.n * 10 + $i })", json!([10, 21, 32])),
        ("$filter($items, function($v) { $v.n >= 2 }).n", json!([2, 3])),
        ("$reduce([1..4], function($a, $b) { $a + $b })", json!(10)),
        ("($x := $job.id; $y := 2; $x * $y)", json!(14)),
        ("7 % 4 + 2 * 3 - 1 / 2", json!(8.5)),
        ("'b' in ['a', 'b']", json!(true)),
        ("$items^(>n)[0].n", json!(3)),
        ("[$items[n = 1].n]", json!([1])),
        ("$items[-1].n", json!(3)),
        ("$sum($items.n) = 6 and $max($items.n) = 3", json!(true)),
        ("$join($split('a-b', '-'), '+') ~> $uppercase", json!("A+B")),
        ("$contains('abc', /b./) and $substringAfter('a:b', ':') = 'b'", json!(true)),
        ("$parse('{\"errorMessage\": \"no\"}').errorMessage", json!("no")),
        ("$append([1], [2, 3])", json!([1, 2, 3])),
        ("$lookup($job, 'id') /* a comment with $unknown */", json!(7)),
        ("null", Value::Null),
    ];
    for (source, expected) in cases {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn a_filter_with_one_match_returns_it_and_not_a_list() {
    assert_eq!(value("$items[n = 2]"), json!({ "n": 2, "ok": false }));
    assert_eq!(value("[$items[n = 2]]"), json!([{ "n": 2, "ok": false }]));
    assert_eq!(value("$items[n = 2][]"), json!([{ "n": 2, "ok": false }]));
    assert_eq!(value("[$items[n = 9]]"), json!([]));
}

#[test]
fn an_expression_that_gives_nothing_gives_none_and_not_null() {
    for source in [
        "$job.missing",
        "$items[n = 9]",
        "$filter($items, function($v) { false })",
        "$states.result",
        "field",
    ] {
        assert_eq!(evaluate(source, json!({})), Ok(None), "{source}");
    }
    assert_eq!(evaluate("$states.input", Value::Null), Ok(Some(Value::Null)));
}

#[test]
fn values_come_back_as_they_went_in() {
    let input = json!({ "whole": 1_732_000_000_000_u64, "part": 0.25, "text": "é \"\\\n", "list": [], "nested": [[1], [2, [3]]],
        "nothing": null, "object": {}, "flag": false });
    assert_eq!(evaluate("$states.input", input.clone()), Ok(Some(input)));
}

#[test]
fn a_wrong_expression_is_an_error_when_it_is_evaluated() {
    for source in ["1 + 'a'", "1 / 0", "$error('no')", "function($x) { $x }", "$job.id()"] {
        let given = evaluate(source, json!({}));
        assert!(given.is_err(), "{source} gave {given:?}");
    }
}

#[test]
fn endless_recursion_is_an_error_and_not_an_exhausted_stack() {
    assert!(evaluate("($f := function($x) { 1 + $f($x) }; $f(1))", json!({})).is_err());
}

#[test]
fn unsupported_expressions_are_refused_before_they_run() {
    let refused = [
        ("$now()", "$now()"),
        ("$random()", "$random()"),
        ("$uuid()", "$uuid()"),
        ("$eval('1')", "$eval()"),
        ("$each($job, function($v) { $v })", "$each()"),
        ("$job.*", "wildcards"),
        ("$job.**.id", "wildcards"),
        ("$items.%.n", "parent"),
        ("$job ~> |$|{ 'a': 1 }|", "transform"),
        ("$map($items, $substring(?, 1))", "partial"),
        ("$$.input", "$$"),
        ("1 +", "does not parse"),
        ("{'a': }", "does not parse"),
    ];
    for (source, expected) in refused {
        let problem = Expression::parse(source).map(|_| ()).unwrap_err();
        assert!(problem.contains(expected), "{source}: {problem}");
    }
}

#[test]
fn an_expression_lists_variables_it_reads_but_not_its_own() {
    let source =
        "($x := $job.id; $map($items, function($v, $i) { $v & $x & '$quoted' & `$named` }) ~> $join(','))";
    let names: Vec<_> = Expression::parse(source).unwrap().names().iter().cloned().collect();
    assert_eq!(names, ["items", "job"]);
}

/// Returns values of every type, in every shape that a path treats differently.
fn every_kind_of_value() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(1),
        json!(3),
        json!(2.5),
        json!(3.0),
        json!(-1),
        json!(9_007_199_254_740_993_u64),
        json!(1e300),
        json!("text"),
        json!(""),
        json!([]),
        json!([1]),
        json!([[1]]),
        json!([{ "a": 1 }]),
        json!([{ "a": 1 }, { "a": [2, 3] }]),
        json!({}),
        json!({ "a": "b" }),
        json!({ "a": { "b": 3.0, "c": [] } }),
        json!({ "a": [] }),
        json!({ "a": [1] }),
        json!({ "a": [{ "b": 1 }] }),
        json!({ "a": { "b": [{ "c": null }] } }),
        json!({ "a": null }),
        json!({ "a": 1 }),
    ]
}

#[test]
fn a_plain_evaluation_equals_the_crate_or_defers_to_it() {
    let expressions = [
        "$x",
        "$x.a",
        "$x.a.b",
        "$states.input",
        "$states.input.a.b",
        "$states.none",
        "$none",
        "$none.a",
        "'text'",
        "7",
        "null",
        "true",
        "$x = 'text'",
        "$x = 3",
        "$x = null",
        "$x = $y",
        "$x.a = $y",
        "3 = $x",
        "$none = $none",
        "$x = 'text' and $y = 1",
        "$x = true and $y.a = 'b'",
        "$x + 1",
        "$x + $y",
        "1 + 1",
        "$x & $y",
        "'a' & $x & '-'",
        "$x.a & 'b'",
        "'a & b = c + d and e' & $x",
    ];
    let values = every_kind_of_value();
    for source in expressions {
        let expression = Expression::parse(source).unwrap();
        let plain = expression.plain.as_ref().unwrap_or_else(|| panic!("{source} is plain"));
        let mut sure = 0;
        for (x, y) in values.iter().flat_map(|x| values.iter().map(move |y| (x, y))) {
            let known = Known(BTreeMap::from([
                ("x", x.clone()),
                ("y", y.clone()),
                ("states", json!({ "input": x })),
            ]));
            if let Ok(given) = plain.evaluate(&known) {
                assert_eq!(Ok(given), expression.by_the_crate(&known), "{source} with x = {x}, y = {y}");
                sure += 1;
            }
        }
        assert!(sure > 0, "{source}: never sure");
    }
}

#[test]
fn what_is_not_plain_is_left_to_the_crate() {
    let others = [
        "$x[0]",
        "$x.a[0]",
        "$x ? 1 : 2",
        "$count($x)",
        "$x != 1",
        "$x > 1",
        "$x - 1",
        "$x = 'it\\'s'",
        "$x = \"a\"",
        "$x & $y = 'a'",
        "$x + 1 + 1",
        "$x + 1 & 'a'",
        "$x = 1 or $y = 2",
        "($x)",
        "-1",
        "1.5",
        "01",
        "$",
        "$x.`a`",
        "$x .a",
        "{'a': 1}",
        "$x = 'a' and $y",
    ];
    for source in others {
        assert_eq!(super::plain::Plain::read(source), None, "{source}");
    }
}
