//! The pieces as they are deployed, on tools that we did not write: `cargo lambda` builds each step, a fake Lambda Runtime API and AWS's own
//! emulator run one, AWS's linter reads templates and state machines, boto3 talks to the emulated AWS, and `MiniStack` is the AWS that the template is
//! deployed to. Only Rust and Python 3 need to be there: everything else is installed under the target directory, once.

pub mod bootstraps;
pub mod calls;
pub mod emulator;
pub mod folders;
pub mod ministack;
pub mod python;
pub mod runtime;
pub mod served;

mod guarded;
