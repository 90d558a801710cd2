package tcp

import "maps"

// withDefaults is a machine left as it came, but for some settings. Settings
// that only newer kernels have are missing.
func withDefaults(changed Sysctls) Sysctls {
	s := Sysctls{}
	for _, doc := range SysctlDocs {
		if doc.Since == "" {
			s[doc.Name] = doc.Default
		}
	}
	maps.Copy(s, changed)
	return s
}
