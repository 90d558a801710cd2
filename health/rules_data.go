package health

import "tcpstat/tcp"

var rstStorm = Rule{
	ID: "rst-storm", Kind: Delta, All: true,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"many resets sent", "RST 다량 전송"},
		Why: tcp.Text{
			"This machine sends many RSTs.",
			"이 시스템이 RST를 많이 보냅니다.",
		},
		Side: EitherSide,
		Ends: tcp.Text{
			"When those who cause it stop.",
			"원인이 되는 쪽이 멈추면 끝납니다.",
		},
		Advice: tcp.Text{
			"tcpstat -s -d 10s names the counters of aborts beside it; tcpdump 'tcp[tcpflags] & tcp-rst != 0' shows to whom.",
			"tcpstat -s -d 10s로 함께 늘어난 중단(abort) 카운터를, tcpdump 'tcp[tcpflags] & tcp-rst != 0'으로 누구에게 보내는지 확인합니다.",
		},
		Command: "tcpstat -s -d 10s",
	},
	Meaning: tcp.Text{
		"This machine resets many connections: ports where nobody listens, programs that close with data unread, or a service that was restarted.",
		"이 시스템이 많은 연결을 RST로 끊습니다: 리스너가 없는 포트, 읽지 않은 데이터를 둔 채 닫는 프로그램, 또는 서비스 재시작.",
	},
	Limits: []Limit{
		{"resets_per_s", perSec, AtLeast(10), AtLeast(100), tcp.Text{
			"and the part of all segments, both: a busy server resets some",
			"전체 세그먼트 대비 비율도 함께 넘어야 함: 바쁜 서버는 RST를 조금은 보냄",
		}},
		{"resets_percent", percent, AtLeast(1), AtLeast(5), tcp.Text{"OutRsts/OutSegs", "OutRsts/OutSegs"}},
	},
	ForAll:    true,
	Reference: "tcpstat explain reset",
	judge: func(j *judge) {
		resets, ok := j.delta("Tcp", "OutRsts")
		out, okOut := j.delta("Tcp", "OutSegs")
		if ok && okOut {
			j.found(Subject{}, []float64{j.perSecond(resets), share(resets, out)}, Evidence{"resets", resets}, Evidence{"segments", out})
		}
	},
}
