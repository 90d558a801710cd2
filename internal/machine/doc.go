// Package machine keeps one look at a machine in one text file, and gives it
// back as the bytes that the kernel gave: the files of /proc as an [io/fs.FS],
// and the answer of sock_diag message by message.
//
// The file is a txtar archive, for people and for diff. Its first line is
//
//	tcpstat record 1
//
// and then come sections, each headed by its name and, where its lines are not
// simply those of the file, a word that says what they are:
//
//	-- meta --                          KEY: VALUE, see [Meta]
//	-- devices --                       INDEX "NAME" of each network device
//	-- cgroups --                       NUMBER "PATH" of cgroups of version 2
//	-- proc/sys/net/ipv4/tcp_fin_timeout --
//	-- sock_diag --                     one netlink message a line, in hexadecimal
//	-- proc/net/tcp --                  of the network namespace looked at
//	-- proc/ns links --                 NAME TARGET of each symbolic link, TARGET quoted where need be
//	-- proc/4711 links --
//	-- proc/4711/cmdline quoted --      Go strings, one a line, to be joined
//	-- proc/4711/fd links --
//	-- proc/1/fd unreadable --          why it could not be read
//	-- end --
//
// A file is quoted when it is not plain text: it has control characters, does
// not end in a newline, or has a line that begins like the head of a section. So
// no process can name itself into the record. A record without its last line was
// cut off. Within version 1 sections and keys are only added; a reader passes
// over those that it does not know.
package machine
