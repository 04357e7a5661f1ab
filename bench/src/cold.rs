//! Zip sizes and cold starts of every function under AWS's runtime interface emulator, beside the Python function of the AWS blog, and
//! the whole cold onboarding beside that one function.

mod chain;
mod share;
mod subject;

pub use share::keep;

use anyhow::{Context as _, Result, ensure};
use comfy_table::Table;
use serde::Serialize;
use serde_json::{Value, json};
use stack::{bootstraps, folders, python::Python};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use subject::{Subject, answered, timed};

/// A function beside the blog's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    function: String,
    zip_bytes: u64,
    #[serde(flatten)]
    start: Start,
}

/// A cold and a warm invocation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    cold_milliseconds: f64,
    warm_milliseconds: f64,
}

/// A whole onboarding with everything cold, beside the blog's one function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Onboarding {
    functions: usize,
    invocations: usize,
    chain_milliseconds: f64,
    blog_milliseconds: f64,
}

/// What cold starts took.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// MB of memory; with them comes a share of a CPU. `None`: a whole CPU.
    memory: Option<u32>,
    functions: Vec<Row>,
    blog: Start,
    onboarding: Onboarding,
}

/// Starts every function this often, and returns the medians. `memory`: the share of a CPU that Lambda gives a function with so many MB.
pub fn run(times: usize, memory: Option<u32>) -> Result<Figures> {
    let share = memory.map(share::of);
    let released = bootstraps::released()?;
    let scenario = subject::scenario()?;
    let aws = subject::aws(&scenario)?;
    let mut functions = Vec::new();
    for (name, subject) in &subject::all(&released, &scenario, &aws, share) {
        folders::tell(&format!("{name} is started {times} times"));
        // Refused before it calls anything: what is left is the start.
        let start = started(subject, &json!({"version": 2}), "UnsupportedInputVersion", times)?;
        functions.push(Row { function: name.clone(), zip_bytes: zipped(&released[name])?, start });
    }
    folders::tell(&format!("the blog's function is started {times} times"));
    let blog = started(&Subject::blog(&aws, share)?, &json!({}), "KeyError", times)?;
    let wholes: Vec<_> = (0..times).map(|_| whole(&scenario, &released, share)).collect::<Result<_>>()?;
    let (first, _) = wholes.first().context("--times must be more than zero")?;
    let onboarding = Onboarding {
        functions: first.functions,
        invocations: first.invocations,
        chain_milliseconds: median(wholes.iter().map(|(chain, _)| chain.took).collect()),
        blog_milliseconds: median(wholes.iter().map(|(_, blog)| *blog).collect()),
    };
    Ok(Figures { memory, functions, blog, onboarding })
}

/// Medians in milliseconds of the first invocation after a start, and of the second, both of which have to be refused by this name.
fn started(subject: &Subject, input: &Value, refusal: &str, times: usize) -> Result<Start> {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let emulator = subject.emulated()?;
        for took in [&mut cold, &mut warm] {
            let (answer, time) = timed(&emulator, input)?;
            ensure!(answer["errorType"] == refusal, "{} said {answer}\n{}", subject.name, emulator.log());
            took.push(time);
        }
    }
    Ok(Start { cold_milliseconds: median(cold), warm_milliseconds: median(warm) })
}

/// The whole onboarding in an emulated AWS of its own, and the blog's function doing its part of it in another.
fn whole(
    scenario: &harness::scenario::Scenario,
    released: &BTreeMap<String, std::path::PathBuf>,
    share: Option<f64>,
) -> Result<(chain::Chain, Duration)> {
    let ours = subject::aws(scenario)?;
    let subjects = subject::all(released, scenario, &ours, share);
    let chain = chain::run(&subjects, subject::event()?)?;
    let theirs = subject::aws(scenario)?;
    let emulator = Subject::blog(&theirs, share)?.emulated()?;
    let (answer, took) = timed(&emulator, &subject::event()?)?;
    answered(answer, &emulator)?;
    Ok((chain, took))
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1_000.0
}

/// Bytes of the zip that SAM uploads.
fn zipped(bootstrap: &Path) -> Result<u64> {
    let script = "import io, sys, zipfile\nout = io.BytesIO()\nwith zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[1], 'bootstrap')\nprint(out.tell())";
    let output = Python::blog()?.program("python").args(["-c", script]).arg(bootstrap).output()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    said.parse()
        .with_context(|| format!("zipping said {said:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The figures as two tables.
pub fn tables(figures: &Figures) -> String {
    let cpu = figures.memory.map_or_else(
        || "A whole CPU each".to_owned(),
        |memory| format!("{:.2} of a CPU each, as with {memory} MB", share::of(memory)),
    );
    format!("{cpu}:\n\n{}\n\n{}", of_functions(figures), of_onboarding(&figures.onboarding))
}

fn of_functions(Figures { functions, blog, .. }: &Figures) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["function", "zip", "cold", "warm", "the blog's cold / this one's"]);
    let milliseconds = |time: f64| format!("{time:.1} ms");
    for Row { function, zip_bytes, start } in functions {
        #[expect(clippy::cast_precision_loss, reason = "a zip has megabytes")]
        let megabytes = *zip_bytes as f64 / 1e6;
        table.add_row([
            function.clone(),
            format!("{megabytes:.2} MB"),
            milliseconds(start.cold_milliseconds),
            milliseconds(start.warm_milliseconds),
            format!("{:.0}", blog.cold_milliseconds / start.cold_milliseconds),
        ]);
    }
    let (cold, warm) = (milliseconds(blog.cold_milliseconds), milliseconds(blog.warm_milliseconds));
    table.add_row(["the blog's, in Python".to_owned(), String::new(), cold, warm, "1".to_owned()]);
    table
}

fn of_onboarding(whole: &Onboarding) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["a whole onboarding, everything cold", ""]);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("functions started, invocations", format!("{}, {}", whole.functions, whole.invocations));
    row("all invocations together", format!("{:.0} ms", whole.chain_milliseconds));
    row("the blog's one function", format!("{:.0} ms", whole.blog_milliseconds));
    row("ratio", format!("{:.2}", whole.chain_milliseconds / whole.blog_milliseconds));
    table
}
