//! Seccomp: which calls of the system this process never makes.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// To start a program, to look into another process or have it looked into, to
/// change what the machine is, and two ways around the other rules (`io_uring`
/// does what a filter of calls does not see; a file without a path can be run).
const DENIED: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_memfd_create,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
    libc::SYS_personality,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// From now on no thread of this process makes those calls; they fail with
/// `EPERM`. New threads are allowed, new processes are not (`seccomp(2)`).
///
/// # Errors
/// That the kernel takes no filter.
pub(super) fn confine() -> Result<(), String> {
    let (denied, absent) = filters()?;
    let all = seccompiler::apply_filter_all_threads;
    all(&absent)
        .and_then(|()| all(&denied))
        .map_err(|e| e.to_string())
}

/// One filter for each answer.
fn filters() -> Result<(BpfProgram, BpfProgram), String> {
    let threads = u64::try_from(libc::CLONE_THREAD).expect("a flag");
    let new_process = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(threads),
        0,
    )
    .and_then(|no_thread| SeccompRule::new(vec![no_thread]))
    .map_err(|e| e.to_string())?;
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> =
        DENIED.iter().map(|call| (*call, Vec::new())).collect();
    denied.insert(libc::SYS_clone, vec![new_process]);
    #[cfg(target_arch = "x86_64")]
    for call in [libc::SYS_fork, libc::SYS_vfork, libc::SYS_kexec_file_load] {
        denied.insert(call, Vec::new());
    }
    // Its flags are in memory, where a filter cannot look: the C library is told
    // that there is no such call, and takes the one before.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let refuse = |errno: libc::c_int| SeccompAction::Errno(errno.unsigned_abs());
    Ok((
        compiled(denied, refuse(libc::EPERM))?,
        compiled(absent, refuse(libc::ENOSYS))?,
    ))
}

fn compiled(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    answer: SeccompAction,
) -> Result<BpfProgram, String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|e| e.to_string())?;
    SeccompFilter::new(rules, SeccompAction::Allow, answer, arch)
        .and_then(BpfProgram::try_from)
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::process::Command;

    /// A thread alone is confined, so that the other tests are not.
    #[test]
    fn threads_start_and_programs_do_not() {
        let confined = std::thread::spawn(|| {
            let (denied, absent) = filters().unwrap();
            for filter in [&absent, &denied] {
                if let Err(why) = seccompiler::apply_filter(filter) {
                    return Err(why.to_string());
                }
            }
            let started = Command::new("true").status();
            assert_eq!(started.unwrap_err().kind(), ErrorKind::PermissionDenied);
            assert_eq!(std::thread::spawn(|| 7).join().unwrap(), 7);
            std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            Ok(())
        });
        confined
            .join()
            .unwrap()
            .expect("Linux has had filters of calls since 3.17");
    }
}
