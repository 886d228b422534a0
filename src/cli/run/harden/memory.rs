//! Clear values and keys are in this process's memory: it must not reach a
//! disk or another process.

use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// Forbids core dumps and, with them, attaching by other processes of the same
/// user. What the system refuses is returned, to be logged: a container may
/// have set it already.
pub(crate) fn undumpable() -> Vec<String> {
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

/// Keeps all memory of this process, now and later, out of swap: keys, and what
/// is made of them, stand in many places, clear values in more.
///
/// # Errors
/// That the limit on locked memory is one that the process could reach later,
/// where every further allocation would fail.
#[cfg(target_os = "linux")]
pub(super) fn lock() -> Result<(), String> {
    use rustix::mm::MlockAllFlags;
    use rustix::thread::CapabilitySet;
    let limit = rustix::process::getrlimit(Resource::Memlock).current;
    let unlimited = rustix::thread::capabilities(None)
        .is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK));
    if let (Some(bytes), false) = (limit, unlimited) {
        return Err(format!(
            "at most {bytes} bytes may be locked; give it `LimitMEMLOCK=infinity`, or take swap away"
        ));
    }
    // Pages are locked when they are first used: address space that nobody
    // touches takes no memory.
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    rustix::mm::mlockall(all).map_err(|e| e.to_string())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn no_core_and_not_dumpable() {
        assert_eq!(undumpable(), Vec::<String>::new());
        let limit = rustix::process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        let behavior = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(behavior, DumpableBehavior::NotDumpable);
    }
}
