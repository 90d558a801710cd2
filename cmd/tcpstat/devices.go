package main

import (
	"net"
	"strconv"
)

// devices names network devices by their index, as the kernel knows them now.
type devices map[uint32]string

// name gives the name of a device, or its number as ss shows it ("if12") when
// it has none here.
func (d devices) name(index uint32) string {
	name, known := d[index]
	if !known {
		name = "if" + strconv.FormatUint(uint64(index), 10)
		if device, err := net.InterfaceByIndex(int(index)); err == nil {
			name = device.Name
		}
		d[index] = name
	}
	return name
}
