//! Checks the steps of the timeline in order. Later steps can refer to what a step creates.

use super::{Look, on, way};
use crate::scenario::places::Part;
use crate::scenario::{Act, Change, Member, Step};
use std::time::Duration;

impl<'a> Look<'a> {
    pub(super) fn timeline(&mut self, steps: &'a [Step]) {
        // Earliest time at which the next step can happen.
        let mut earliest = Duration::ZERO;
        for (number, step) in steps.iter().enumerate() {
            let way = way!["timeline", number];
            if let Some(at) = step.at {
                if at.0 < earliest {
                    let why = format!(
                        "at goes backwards: the step before happens {} s after the beginning or later",
                        earliest.as_secs()
                    );
                    self.find(on(&way, &["at"]), why);
                }
                earliest = earliest.max(at.0);
            }
            earliest += step.wait.map(|wait| wait.0).unwrap_or_default();
            match step.act() {
                Ok(act) => self.step(&way, step, &act),
                Err(why) => self.find(way, why),
            }
        }
    }

    fn step(&mut self, way: &[Part], step: &'a Step, act: &Act<'a>) {
        if step.expect.is_some() && !act.starts() {
            let why = "this step starts no execution, so there is nothing to expect of it";
            self.find(on(way, &["expect"]), why);
        }
        self.act(way, act);
        if let Some(id) = &step.id {
            match act {
                Act::Sweep(_) | Act::Approve(_) => self.known.sweeps.insert(id),
                Act::Join(_) | Act::Leave(_) | Act::Input(_) | Act::Repeat(_) => self.known.inputs.insert(id),
                Act::Directory(_)
                | Act::PutMapping(_)
                | Act::DeleteMapping(_)
                | Act::PutControl(_)
                | Act::DeleteControl(_)
                | Act::StartApp(_)
                | Act::OpenSpace(_)
                | Act::SignIn(_)
                | Act::Studio(_)
                | Act::TagProfile(_)
                | Act::UntagProfile(_)
                | Act::DeleteProfile(_)
                | Act::DeleteDomain(_)
                | Act::Fault(_)
                | Act::Wait(_) => false,
            };
        }
    }

    fn act(&mut self, way: &[Part], act: &Act<'a>) {
        match act {
            Act::Join(member) => self.member(&on(way, &["join"]), member),
            Act::Leave(member) => self.member(&on(way, &["leave"]), member),
            Act::Repeat(id) if !self.known.inputs.contains(id) => {
                self.find(on(way, &["repeat"]), format!("no earlier step has the id {id:?} and an input"));
            }
            Act::Approve(id) if !self.known.sweeps.contains(id) => {
                self.find(on(way, &["approve"]), format!("no earlier step with the id {id:?} sweeps"));
            }
            Act::Directory(change) => self.change(&on(way, &["directory"]), change),
            Act::StartApp(app) => self.app(&on(way, &["startApp"]), app),
            Act::OpenSpace(space) => self.space(&on(way, &["openSpace"]), space),
            Act::SignIn(sign_in) => {
                self.target(on(way, &["signIn", "target"]), &sign_in.target);
                self.holder(on(way, &["signIn", "user"]), &sign_in.user);
            }
            Act::TagProfile(tagged) => {
                self.profile(&on(way, &["tagProfile"]), &tagged.target, &tagged.of_user);
            }
            Act::UntagProfile(tagged) => {
                self.profile(&on(way, &["untagProfile"]), &tagged.target, &tagged.of_user);
            }
            Act::DeleteProfile(of) => self.profile(&on(way, &["deleteProfile"]), &of.target, &of.of_user),
            Act::DeleteDomain(target) => self.target(on(way, &["deleteDomain"]), target),
            Act::Fault(fault) => self.fault(&on(way, &["fault"]), fault),
            Act::Input(_)
            | Act::Sweep(_)
            | Act::Approve(_)
            | Act::Repeat(_)
            | Act::PutMapping(_)
            | Act::DeleteMapping(_)
            | Act::PutControl(_)
            | Act::DeleteControl(_)
            | Act::Studio(_)
            | Act::Wait(_) => {}
        }
    }

    fn profile(&mut self, way: &[Part], target: &str, user: &str) {
        self.target(on(way, &["target"]), target);
        self.holder(on(way, &["ofUser"]), user);
    }

    fn member(&mut self, way: &[Part], member: &Member) {
        self.user(on(way, &["user"]), &member.user);
        self.group(on(way, &["group"]), &member.group);
    }

    fn change(&mut self, way: &[Part], change: &Change<'a>) {
        match change {
            Change::Add(member) => self.member(&on(way, &["add"]), member),
            Change::Remove(member) => self.member(&on(way, &["remove"]), member),
            Change::DeleteUser(name) => self.user(on(way, &["deleteUser"]), name),
            Change::DisableUser(name) => self.user(on(way, &["disableUser"]), name),
            Change::EnableUser(name) => self.user(on(way, &["enableUser"]), name),
            Change::DeleteGroup(name) => self.group(on(way, &["deleteGroup"]), name),
            Change::RenameGroup(rename) => self.group(on(way, &["renameGroup", "group"]), &rename.group),
            Change::AddGroup(group) => {
                self.known.groups.insert(&group.name);
                self.known.group_ids.insert(&group.id);
            }
            Change::RenameUser(rename) => {
                self.user(on(way, &["renameUser", "user"]), &rename.user);
                self.known.holders.insert(&rename.to);
            }
        }
    }
}
