package render

import (
	"strconv"

	"tcpstat/health"
	"tcpstat/tcp"
)

// AppendJSON writes the document (kind "statistics") on a line of its own.
func (s *Statistics) AppendJSON(dst []byte, lang tcp.Lang) []byte {
	r := &s.Retransmission
	dst = appendDocumentHead(dst, "statistics", s.Head)
	dst = appendOrigin(dst, s.Source, s.Replayed)
	dst = appendWindow(dst, s.Window)
	dst = s.appendCounters(append(dst, `,"counters":`...))
	dst = appendFraction(append(dst, `,"ratios":{"wire":`...), r.Wire)
	dst = appendFraction(append(dst, `,"data":`...), r.Data)
	dst = appendFraction(append(dst, `,"syn":`...), r.Syn)
	dst = appendWord(append(dst, `},"verdict":`...), string(r.Verdict))
	dst = append(dst, `,"verdict_text":`...)
	if r.Verdict == health.NoVerdict {
		dst = append(dst, "null"...)
	} else {
		dst = appendJSONString(dst, verdictText(r, lang))
	}
	dst = appendMissing(append(dst, ','), s.Missing)
	return append(dst, "}\n"...)
}

// appendCounters writes an object for each section, null for one that the kernel
// lacks.
func (s *Statistics) appendCounters(dst []byte) []byte {
	for i, section := range tcp.CounterGroups {
		dst = append(dst, "{,"[min(i, 1)])
		dst = append(appendWord(dst, section), ':')
		n := 0
		for _, c := range s.Counters {
			if c.Group != section {
				continue
			}
			dst = append(dst, "{,"[min(n, 1)])
			dst = append(appendJSONString(dst, c.Name), ':')
			dst = strconv.AppendInt(dst, c.Value, 10)
			n++
		}
		if n == 0 {
			dst = append(dst, "null"...)
		} else {
			dst = append(dst, '}')
		}
	}
	return append(dst, '}')
}

func appendFraction(dst []byte, o tcp.Opt[float64]) []byte {
	if v, ok := o.Get(); ok {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	return append(dst, "null"...)
}
