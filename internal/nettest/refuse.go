package nettest

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// AuditArch is the architecture of this process in a seccomp filter.
var AuditArch = map[string]uint32{
	"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64,
	"ppc64le": unix.AUDIT_ARCH_PPC64LE, "s390x": unix.AUDIT_ARCH_S390X,
}[runtime.GOARCH]

// RefuseNetlink makes socket(AF_NETLINK) fail for good in this thread, or with
// SECCOMP_FILTER_FLAG_TSYNC in this process.
func RefuseNetlink(errno uint32, flags uintptr) error {
	// Offsets in struct seccomp_data. An argument has 64 bits.
	const nr, arch, domain = 0, 4, 16
	low := uint32(domain)
	if one := uint16(1); *(*byte)(unsafe.Pointer(&one)) == 0 {
		low += 4
	}
	const load, equal, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: load, K: arch},
		{Code: equal, K: AuditArch, Jt: 1},
		{Code: answer, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: nr},
		{Code: equal, K: unix.SYS_SOCKET, Jf: 3},
		{Code: load, K: low},
		{Code: equal, K: unix.AF_NETLINK, Jf: 1},
		{Code: answer, K: unix.SECCOMP_RET_ERRNO | errno},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	thread, _, failed := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		flags, uintptr(unsafe.Pointer(&program)))
	if failed != 0 {
		return failed
	}
	if thread != 0 {
		return fmt.Errorf("thread %d cannot take the filter", thread)
	}
	return nil
}
