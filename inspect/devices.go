package inspect

import (
	"net"
	"strconv"
)

// devices names the network devices of a namespace by their index, as the kernel
// knows them now. The nil devices are those of a namespace that cannot be entered,
// where a number stands for another device: they have no names.
type devices map[uint32]string

// name gives the name of a device, or its number as ss shows it ("if12") when it has
// none. Inside runs a function in the namespace.
func (d devices) name(index uint32, inside func(func() error) error) string {
	if name, known := d[index]; known {
		return name
	}
	name := "if" + strconv.FormatUint(uint64(index), 10)
	if d == nil {
		return name
	}
	_ = inside(func() error { // the number will do
		if device, err := net.InterfaceByIndex(int(index)); err == nil {
			name = device.Name
		}
		return nil
	})
	d[index] = name
	return name
}
