//! `cargo cold`: zip sizes and cold starts of every function under AWS's runtime interface emulator, beside the Python function of the AWS blog, and
//! the whole cold onboarding beside that one function.
#![expect(clippy::print_stdout, reason = "this is a command for people")]

mod chain;
mod subject;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use comfy_table::Table;
use serde::Serialize;
use serde_json::{Value, json};
use stack::{bootstraps, folders, python::Python};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use subject::{Subject, answered, timed};

/// Measures cold starts. The first time builds every function as it is deployed, which takes some twenty minutes.
#[derive(Debug, Parser)]
#[command(name = "cargo cold --")]
struct Arguments {
    /// How often each is started; the median counts.
    #[arg(long, default_value_t = 7)]
    times: usize,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// A function beside the blog's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    function: String,
    zip_bytes: u64,
    cold_milliseconds: f64,
    warm_milliseconds: f64,
}

fn main() -> Result<()> {
    let Arguments { times, json: as_json } = Arguments::parse();
    let released = bootstraps::released()?;
    let scenario = subject::scenario()?;
    let world = subject::world(&scenario)?;
    let subjects = subject::all(&released, &scenario, &world);
    let blog = Subject::blog(&world)?;
    let mut rows = Vec::new();
    for (name, subject) in &subjects {
        folders::tell(&format!("{name} is started {times} times"));
        // Refused before it calls anything: what is left is the start.
        let (cold, warm) = started(subject, &json!({"version": 2}), "InputOutdated", times)?;
        rows.push(Row {
            function: name.clone(),
            zip_bytes: zipped(&released[name])?,
            cold_milliseconds: cold,
            warm_milliseconds: warm,
        });
    }
    folders::tell(&format!("the blog's function is started {times} times"));
    let (cold, warm) = started(&blog, &json!({}), "KeyError", times)?;
    let mut wholes = Vec::new();
    for _ in 0..times {
        wholes.push(whole(&scenario, &released)?);
    }
    let chains = median(wholes.iter().map(|(chain, _)| chain.took).collect());
    let blogs = median(wholes.iter().map(|(_, blog)| *blog).collect());
    let (first, _) = wholes.first().context("it has to be started at least once")?;
    if as_json {
        let blog = json!({"coldMilliseconds": cold, "warmMilliseconds": warm});
        let whole = json!({"functions": first.functions, "invocations": first.invocations, "chainMilliseconds": chains, "blogMilliseconds": blogs});
        println!(
            "{}",
            serde_json::to_string_pretty(&json!({"functions": rows, "blog": blog, "onboarding": whole}))?
        );
    } else {
        println!("{}\n\n{}", table(&rows, (cold, warm)), whole_table(first, chains, blogs));
    }
    Ok(())
}

/// Medians in milliseconds of the first invocation after a start, and of the second, both of which have to be refused by this name.
fn started(subject: &Subject, input: &Value, refusal: &str, times: usize) -> Result<(f64, f64)> {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let emulator = subject.emulated()?;
        for took in [&mut cold, &mut warm] {
            let (answer, time) = timed(&emulator, input)?;
            ensure!(answer["errorType"] == refusal, "{} said {answer}\n{}", subject.name, emulator.log());
            took.push(time);
        }
    }
    Ok((median(cold), median(warm)))
}

/// The whole onboarding in a world of its own, and the blog's function doing its part of it in another.
fn whole(
    scenario: &local::scenario::Scenario,
    released: &BTreeMap<String, std::path::PathBuf>,
) -> Result<(chain::Chain, Duration)> {
    let ours = subject::world(scenario)?;
    let subjects = subject::all(released, scenario, &ours);
    let chain = chain::run(&subjects, subject::event()?)?;
    let theirs = subject::world(scenario)?;
    let emulator = Subject::blog(&theirs)?.emulated()?;
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

fn table(rows: &[Row], (cold, warm): (f64, f64)) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["function", "zip", "cold", "warm", "the blog's cold / this one's"]);
    for row in rows {
        #[expect(clippy::cast_precision_loss, reason = "a zip has megabytes")]
        let megabytes = row.zip_bytes as f64 / 1e6;
        table.add_row([
            row.function.clone(),
            format!("{megabytes:.2} MB"),
            format!("{:.1} ms", row.cold_milliseconds),
            format!("{:.1} ms", row.warm_milliseconds),
            format!("{:.0}", cold / row.cold_milliseconds),
        ]);
    }
    table.add_row([
        "the blog's, in Python".to_owned(),
        String::new(),
        format!("{cold:.1} ms"),
        format!("{warm:.1} ms"),
        "1".to_owned(),
    ]);
    table
}

fn whole_table(first: &chain::Chain, chain: f64, blog: f64) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["a whole onboarding, everything cold", ""]);
    table.add_row([
        "functions started, invocations".to_owned(),
        format!("{}, {}", first.functions, first.invocations),
    ]);
    table.add_row(["all invocations together".to_owned(), format!("{chain:.0} ms")]);
    table.add_row(["the blog's one function".to_owned(), format!("{blog:.0} ms")]);
    table.add_row(["ratio".to_owned(), format!("{:.2}", chain / blog)]);
    table
}
