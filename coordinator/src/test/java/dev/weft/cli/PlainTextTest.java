package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.admin.TestAdmin;
import dev.weft.wire.EdgeReport;
import dev.weft.wire.Json;
import dev.weft.wire.Message;
import dev.weft.wire.Plain;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What members said, printed: no terminal obeys it, and no line of it looks like another's. */
class PlainTextTest extends AbstractWeftTest {
  private static final String EVIL =
      "a\u001b[2J\u001b]0;owned\u0007b\rc\nerror: d\u009b31m\u202e\u2028e";

  @Test
  void everyCommandPrintsPlainly() {
    AgentInfo good = TestAdmin.agent("orders", List.of(EVIL));
    admin.agents.add(
        new AgentInfo(
            EVIL,
            good.namespace(),
            EVIL,
            EVIL,
            EVIL,
            good.connectedMillis(),
            good.pushed(),
            good.acked(),
            List.of(EVIL),
            List.of(EVIL),
            List.of(new Message.Woven(EVIL, false, EVIL), new Message.Woven(EVIL, true, "")),
            List.of(new Message.Outside(EVIL, EVIL, 1), new Message.Outside(EVIL, "", 2)),
            good.certificateExpiryMillis(),
            EVIL));
    admin.topology.report(
        "default/shop",
        EVIL,
        EVIL,
        new Message.Report(
            List.of(
                new EdgeReport(true, EVIL, true, Map.of(200, 1L), Map.of(EVIL, 1L), 0, List.of())),
            List.of(new Message.Plaintext(EVIL, 1, 0)),
            EVIL));
    for (String[] command :
        new String[][] {
          {"agents", "-A"},
          {"agents", "-A", "-o", "json"},
          {"check", "-A"},
          {"agents", "-A", "-o", "yaml"},
          {"edges"},
          {"edges", "-o", "json"},
          {"edges", "-o", "yaml"},
          {"top", "--once"},
          {"strict", "shop", "--dry-run"},
          {"strict", EVIL},
          {"get", EVIL},
          {EVIL}
        }) {
      Result result = weft(command);
      String all = result.out() + result.err();
      assertThat(all.lines())
          .as(String.join(" ", command))
          .isNotEmpty()
          .allMatch(Plain::isPlain)
          .noneMatch(line -> line.startsWith("error: d"));
    }
    assertThat(weft("edges").out())
        .contains("a\uFFFD[2J\uFFFD]0;owned\uFFFDb\uFFFDc\uFFFDerror: d");
  }

  @Test
  void jsonIsForProgramsStill() throws Exception {
    admin.agents.add(TestAdmin.agent("orders", List.of(EVIL + "🙂")));
    Map<String, Object> tree =
        Json.parseObject(weft("agents", "-A", "-o", "json").out().getBytes(StandardCharsets.UTF_8));
    assertThat(tree.toString()).contains(EVIL + "🙂");
  }

  @Test
  void topClearsTheScreen_andNobodyElse() {
    StringWriter screen = new StringWriter();
    PlainPrinter printer = new PlainPrinter(screen, false);
    printer.print("\u001b[H\u001b[2J");
    printer.print('\u001b');
    printer.println(new char[] {'\t', '\r', '\u0085', 'x'});
    printer.clear();
    printer.flush();
    assertThat(screen.toString()).isEqualTo("�[H�[2J�\t��x\n\u001b[H\u001b[2J");
  }

  @Test
  void logsArePlain() throws Exception {
    String config;
    try (InputStream in = getClass().getResourceAsStream("/logback.xml")) {
      config = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Matcher pattern = Pattern.compile("<pattern>(.*)</pattern>").matcher(config);
    assertThat(pattern.find()).isTrue();
    LoggerContext context = new LoggerContext();
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.setPattern(pattern.group(1));
    layout.start();
    String line =
        layout.doLayout(
            new LoggingEvent(
                "x",
                context.getLogger("dev.weft.Hub"),
                Level.INFO,
                "said {}",
                null,
                new Object[] {EVIL}));
    assertThat(line).endsWith("\n").contains("INFO  Hub: said a�[2J�]0;owned�b�c�error: d�31m��e");
    assertThat(line.strip()).matches(Plain::isPlain);
  }
}
