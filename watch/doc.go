// Package watch follows sockets through their states.
//
// A [Watch] is given samples: [Watch.Begin], [Watch.Add] for every socket that is
// there, [Watch.End]. From two samples it concludes what happened in between, as an
// [Event] each: a socket appeared, changed its state, left. Sockets are followed by
// cookie, which the kernel keeps from half-open to TIME_WAIT, so that one that
// goes from ESTABLISHED to CLOSE_WAIT to LAST_ACK is one story. Where there are no
// cookies (/proc) they are followed by their endpoints and inode; a connection that
// takes the place of an equal one may then be missed.
//
// Mostly only some states are watched, and only those are dumped. A socket that is
// not among them any more has changed its state or is gone: [Watch.Vanished] names
// those of which that must be found out, one by one where they are few or by a
// look at the states that they can have gone to. One that was followed into
// another state is followed to its end.
//
// [Watch.Ended] takes the sockets that the kernel reports as closed, from another
// goroutine if need be. The report is not believed alone: a socket has left when the
// next sample lacks it. It tells when, the final counts, and of sockets that came and
// went between two samples.
//
// How long a socket has been in its state is bounded by what its counters prove
// ([tcpstat/tcp.AgeOf]) and by the samples between which it got there; the bounds
// narrow from sample to sample.
//
// Memory is bounded whatever happens: of sockets beyond the limits of [Limits] only
// numbers are kept, which [Sample] tells. The package asks nothing of the world;
// time is an argument.
package watch
