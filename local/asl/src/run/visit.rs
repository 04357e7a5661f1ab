//! One visit of a state: entering it, evaluating its expressions, recording its events, and leaving
//! it normally or through a Catch. [`super::level`] runs it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::bindings::{Bindings, unexpected};
use super::failure::{Failure, NO_CHOICE, Stop};
use super::limits;
use super::past::{Iterations, Stay};
use super::record::{self, About, Place, Run};
use super::scope::Scope;
use crate::history::HistoryKind;
use crate::host::{Host, Sleep};
use crate::model::{Body, Choice, Handling, Next, State, Yields};
use crate::template::{Template, Unevaluated};

/// Longest wait, in seconds.
const SECONDS_MAX: u64 = 99_999_999;

/// The next state, or the end of the level, with the state's output.
pub(super) enum Step<'m> {
    To(&'m str, Value),
    End(Value),
}

/// The evaluated `Output` and `Assign` of a transition.
pub(super) struct Yielded {
    output: Value,
    assigned: BTreeMap<String, Value>,
}

pub(super) struct Visit<'v, 'r, 'm, H> {
    pub(super) run: &'v Run<'r, H>,
    pub(super) state: &'m State,
    pub(super) place: &'v Place,
    pub(super) input: Value,
    /// Retries of this visit so far.
    pub(super) retries: Cell<u32>,
    /// Progress of a Map or a Parallel before a redrive. The first attempt takes it.
    items: RefCell<Option<Iterations>>,
    entered: String,
}

impl<'v, 'r, 'm, H: Host> Visit<'v, 'r, 'm, H> {
    pub(super) fn enter(
        run: &'v Run<'r, H>,
        state: &'m State,
        place: &'v Place,
        input: Value,
    ) -> Result<Self, Stop> {
        let kind = HistoryKind::StateEntered { kind: state.kind(), input: input.clone() };
        run.record(place, &state.name, kind)?;
        let (retries, items) = (Cell::new(0), RefCell::default());
        Ok(Self { run, state, place, input, retries, items, entered: run.time() })
    }

    /// Continues a visit that was cut short by an unsuccessful end, with the same input and all
    /// retries. No event of entering is written, except for a Fail state [5.18, 5.19]. A Wait
    /// waits its whole time again: AWS does not document how a redrive treats `Seconds`.
    pub(super) fn again(
        run: &'v Run<'r, H>,
        state: &'m State,
        place: &'v Place,
        stay: Stay,
    ) -> Result<Self, Stop> {
        if let Body::Fail { .. } = state.body {
            return Self::enter(run, state, place, stay.input);
        }
        let (entered, items) = (record::moment(stay.entered), RefCell::new(stay.items));
        Ok(Self { run, state, place, input: stay.input, retries: Cell::new(0), items, entered })
    }

    /// Takes the progress of a Map or a Parallel from before the redrive.
    pub(super) fn take_items(&self) -> Option<Iterations> {
        self.items.take()
    }

    pub(super) fn record(&self, kind: HistoryKind) -> Result<(), Stop> {
        self.run.record(self.place, &self.state.name, kind)
    }

    pub(super) fn bindings<'s>(&'s self, scope: &'s Scope<'s>) -> Bindings<'s, 'r, H> {
        Bindings::new(&self.input, self.about(self.place), scope)
    }

    /// Returns the data of `$states.context` for the item of `place`.
    pub(super) fn about<'s>(&'s self, place: &'s Place) -> About<'s, 'r, H> {
        let (state, entered) = (self.state.name.as_str(), self.entered.as_str());
        About { run: self.run, place, state, entered, retries: self.retries.get() }
    }

    /// Unwraps a value, or records that its expression failed.
    pub(super) fn known<T>(&self, value: Result<T, Unevaluated>) -> Result<T, Stop> {
        match value {
            Ok(value) => Ok(value),
            Err(problem) => {
                let location = problem.location.clone();
                let failure = Failure::from(problem);
                let Failure { error, cause } = failure.clone();
                self.record(HistoryKind::EvaluationFailed { error, cause, location })?;
                Err(failure.into())
            }
        }
    }

    pub(super) fn catch(
        &self,
        scope: &mut Scope<'_>,
        handling: &'m Handling,
        failure: Failure,
    ) -> Result<Step<'m>, Stop> {
        let found = handling.catch.iter().enumerate().find(|(_, catcher)| failure.matches(&catcher.errors));
        let Some((index, catcher)) = found else { return Err(failure.into()) };
        let (error, next) = (failure.error.clone(), catcher.next.clone());
        self.record(HistoryKind::Caught { error, next })?;
        let bindings = self.bindings(scope).with_error(&failure);
        let place = format!("Catch[{index}]/");
        let yielded = self.yielded(scope, &place, &catcher.yields, &bindings, &failure.output())?;
        self.exit(scope, yielded).map(|output| Step::To(&catcher.next, output))
    }

    pub(super) fn choose(&self, scope: &mut Scope<'_>, choice: &'m Choice) -> Result<Step<'m>, Stop> {
        let bindings = self.bindings(scope);
        for (index, rule) in choice.rules.iter().enumerate() {
            let field = format!("Choices[{index}]/Condition");
            let is_met = match self.known(bindings.evaluate(&field, &rule.condition))? {
                Value::Bool(is_met) => is_met,
                Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    self.known(Err(unexpected(&field, &rule.condition, "a boolean")))?
                }
            };
            if is_met {
                let place = format!("Choices[{index}]/");
                let yielded = self.yielded(scope, &place, &rule.yields, &bindings, &self.input)?;
                return self.exit(scope, yielded).map(|output| Step::To(&rule.next, output));
            }
        }
        let Some(default) = &choice.default else {
            let cause =
                format!("No choice rule of the state {} matched and it has no Default.", self.state.name);
            return Err(Failure::new(NO_CHOICE, cause).into());
        };
        let yielded = self.yielded(scope, "", &self.state.yields, &bindings, &self.input)?;
        self.exit(scope, yielded).map(|output| Step::To(default, output))
    }

    pub(super) async fn wait(&self, scope: &Scope<'_>, template: &Template) -> Result<(), Stop> {
        let value = self.known(self.bindings(scope).evaluate("Seconds", template))?;
        let seconds = value.as_u64().filter(|seconds| *seconds <= SECONDS_MAX);
        let expected = "a whole number from 0 to 99999999";
        let seconds = self.known(seconds.ok_or_else(|| unexpected("Seconds", template, expected)))?;
        self.record(HistoryKind::Waiting { seconds })?;
        self.run.host.sleep(Duration::from_secs(seconds), Sleep::Wait).await;
        Ok(())
    }

    /// Evaluates the error of a Fail state.
    pub(super) fn fail(
        &self,
        scope: &Scope<'_>,
        error: Option<&Template>,
        cause: Option<&Template>,
    ) -> Result<Stop, Stop> {
        let bindings = self.bindings(scope);
        let text = |field: &str, template: Option<&Template>| match template {
            None => Ok(String::new()),
            Some(template) => {
                let value = self.known(bindings.evaluate(field, template))?;
                let text = value.as_str().map(str::to_owned);
                self.known(text.ok_or_else(|| unexpected(field, template, "a string")))
            }
        };
        Ok(Failure { error: text("Error", error)?, cause: text("Cause", cause)? }.into())
    }

    /// Leaves a state that has no result of its own.
    pub(super) fn go(&self, scope: &mut Scope<'_>, next: &'m Next) -> Result<Step<'m>, Stop> {
        let bindings = self.bindings(scope);
        let yielded = self.yielded(scope, "", &self.state.yields, &bindings, &self.input)?;
        self.leave(scope, yielded, next)
    }

    pub(super) fn yielded(
        &self,
        scope: &Scope<'_>,
        place: &str,
        yields: &Yields,
        bindings: &Bindings<'_, '_, H>,
        default: &Value,
    ) -> Result<Yielded, Stop> {
        let mut assigned = BTreeMap::new();
        for (name, template) in &yields.assign {
            let value = self.known(bindings.evaluate(&format!("{place}Assign/{name}"), template))?;
            assigned.insert(name.clone(), value);
        }
        let output = match &yields.output {
            Some(template) => self.known(bindings.evaluate(&format!("{place}Output"), template))?,
            None => default.clone(),
        };
        scope.check(&assigned)?;
        limits::check(&format!("the output of the state {}", self.state.name), &output)?;
        Ok(Yielded { output, assigned })
    }

    pub(super) fn leave(
        &self,
        scope: &mut Scope<'_>,
        yielded: Yielded,
        next: &'m Next,
    ) -> Result<Step<'m>, Stop> {
        let output = self.exit(scope, yielded)?;
        Ok(match next {
            Next::To(next) => Step::To(next, output),
            Next::End => Step::End(output),
        })
    }

    fn exit(&self, scope: &mut Scope<'_>, yielded: Yielded) -> Result<Value, Stop> {
        let Yielded { output, assigned } = yielded;
        let kind = self.state.kind();
        self.record(HistoryKind::StateExited { kind, output: output.clone(), assigned: assigned.clone() })?;
        scope.assign(assigned);
        Ok(output)
    }
}
