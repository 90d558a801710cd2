package inspect

import (
	"net"
	"strconv"
)

// devices names the network devices of the calling thread's namespace by their
// index, as the kernel knows them now. The nil devices are those of another
// namespace, where a number stands for another device: they have no names.
type devices map[uint32]string

// name gives the name of a device, or its number as ss shows it ("if12") when
// it has none here.
func (d devices) name(index uint32) string {
	if name, known := d[index]; known {
		return name
	}
	name := "if" + strconv.FormatUint(uint64(index), 10)
	if d == nil {
		return name
	}
	if device, err := net.InterfaceByIndex(int(index)); err == nil {
		name = device.Name
	}
	d[index] = name
	return name
}
