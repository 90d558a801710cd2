package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tcpstat/tcp"
)

// inKorean is the annotation under which a command has its introduction in
// Korean. The one in English is cobra's own, from which the man pages are made.
const inKorean = "ko"

var (
	headUsage = tcp.Text{"Usage", "사용법"}
	headFlags = tcp.Text{"Flags", "플래그"}
)

// localizeHelp makes the introduction and the headings of help follow the
// language. Flags and examples are the same in all.
func localizeHelp(e *env, root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		var word string
		if flag := cmd.Flags().Lookup("lang"); flag != nil {
			word = flag.Value.String()
		}
		lang := e.language(word)
		if text, ok := cmd.Annotations[inKorean]; ok && lang == tcp.Korean {
			cmd.Long = text
		}
		root.SetHelpTemplate(fmt.Sprintf(helpTemplate, headUsage.In(lang), headFlags.In(lang)))
		help(cmd, args)
	})
}

// koreanDescription is description in Korean.
const koreanDescription = `이 시스템의 TCP 소켓을 나열하고 왜 그런 상태인지 알려 줍니다. 각 상태의 의미,
소켓이 무엇을 기다리는지, 누가 언제까지 움직일 차례인지 보여 줍니다. root 권한이
필요 없고 시스템을 바꾸지 않습니다.

터미널에서는 설명과 판정이 붙은 표를, 파이프에서는 netstat과 같은 줄을, --json을
주면 JSON 문서 하나를 출력합니다.

FILTER는 ss의 필터 언어에서 함정을 없앤 것입니다.
  state S[,S]  exclude S      어떤 표기든 됨; all, connected,
                              synchronized, bucket, big 묶음도 가능
  src dst HOST[:PORT]         10.0.0.7, 10/8, [fe80::]/10, :443, 이름
  sport dport OP PORT         번호 또는 서비스 이름
  dev NAME  user NAME  process NAME|PID
  cgroup PATH|UNIT|CONTAINER  그 아래 전체 포함: /system.slice, nginx.service,
                              docker/3f4e5d6c7b8a
  timer KIND  ownership KIND  이름은 tcpstat explain json에 있음
  age OP DUR  rtt OP DUR      5m, 20ms
  retrans recvq sendq OP N

조건은 and, or, not, 괄호로 잇고, 나란히 쓰면 and입니다. OP는 = != < <= > >=,
셸에서 따옴표 없이 쓰려면 eq ne lt le gt ge입니다. 값을 알 수 없는 소켓은 조건에
맞지 않습니다.

종료 코드: 0 완료, 1 실패, 2 잘못된 명령줄, 3 맞는 소켓 없음(-q)
또는 --until 조건에 이르지 못함.

환경 변수: HOST_PROC(다른 /proc), TCPDIAG_FILE(--replay와 같음), NO_COLOR,
CLICOLOR_FORCE, TERM; LC_ALL, LC_MESSAGES, LANG(언어, UTF-8인 경우);
LC_ALL, LC_CTYPE, LANG(UTF-8이 아니면 그림을 ASCII로).`
