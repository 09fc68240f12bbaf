package dev.weft.runtime.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.wire.Message;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutsideTableTest {
  private final Set<Integer> opened = new HashSet<>();
  private final OutsideTable table = new OutsideTable(opened::contains);
  private final AtomicInteger changes = new AtomicInteger();

  OutsideTableTest() {
    table.onChange(changes::incrementAndGet);
  }

  @Test
  void anEntryIsOneOfEachKind_andItsConnectionsAreCounted() {
    table.connection("org.postgresql.core.PGStream", "db", 5432);
    table.connection("org.postgresql.core.PGStream", "db", 5432);
    table.connection("io.netty.bootstrap.Bootstrap", "payments", 8080);
    assertThat(changes).hasValue(2);
    assertThat(table.entries())
        .containsExactly(
            new Message.Outside("org.postgresql.core.PGStream", "db", 5432),
            new Message.Outside("io.netty.bootstrap.Bootstrap", "payments", 8080));
    Exposition out = new Exposition();
    table.write(out);
    assertThat(out.toString())
        .contains(
            "weft_outside_connections_total{library=\"org.postgresql.core.PGStream\",host=\"db\","
                + "port=\"5432\"} 2\n");
  }

  @Test
  void aPortIsOne_unlessAnAdapterOpensIt() {
    table.bound("io.netty.bootstrap.ServerBootstrap", 9000);
    table.bound("sun.net.httpserver.ServerImpl", 9001);
    opened.add(9001);
    assertThat(table.entries())
        .containsExactly(new Message.Outside("io.netty.bootstrap.ServerBootstrap", "", 9000));
  }

  /** A crawler calls hosts without end, and a library may make its classes as it goes. */
  @Test
  void whatAnApplicationDoesWithoutEnd_endsHere() {
    for (int i = 0; i < 10_000; i++) {
      table.connection("crawler", "host-" + i, 80);
      table.connection("made.Class" + i, "h".repeat(5_000), i);
      table.bound("servers", i);
    }
    List<Message.Outside> entries = table.entries();
    assertThat(entries).hasSize(3 * OutsideTable.MAX);
    assertThat(entries).contains(new Message.Outside("crawler", Edge.OTHER, 0));
    assertThat(entries).allMatch(entry -> entry.host().length() <= 150);
    assertThat(changes).hasValue(2 * OutsideTable.MAX);
  }
}
