//! Clear values and keys are in this process's memory: it must not reach a
//! disk or another process.

use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// Forbids core dumps and, with them, attaching by other processes of the same
/// user. What the system refuses is returned, to be logged: a container may
/// have set it already.
pub(crate) fn this_process() -> Vec<String> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let mut refused = Vec::new();
    if let Err(error) = rustix::process::setrlimit(Resource::Core, none) {
        refused.push(format!("core dumps cannot be limited to 0 bytes: {error}"));
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        refused.push(format!("the process cannot be made undumpable: {error}"));
    }
    refused
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn no_core_and_not_dumpable() {
        assert_eq!(this_process(), Vec::<String>::new());
        let limit = rustix::process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        let behavior = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(behavior, DumpableBehavior::NotDumpable);
    }
}
