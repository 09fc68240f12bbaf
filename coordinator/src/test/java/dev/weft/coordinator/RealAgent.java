package dev.weft.coordinator;

import dev.weft.policy.JoinToken;
import dev.weft.runtime.Log;
import dev.weft.runtime.Node;
import dev.weft.runtime.control.ControlHandler;
import dev.weft.runtime.control.ControlStream;
import dev.weft.runtime.control.IdentityStore;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TlsCounters;
import dev.weft.wire.Message;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** The control stream that is in every agent and in the proxy, without a service around it. */
final class RealAgent implements AutoCloseable {
  final MeshTls tls = new MeshTls(InstantSource.system(), new TlsCounters(), null);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final ControlStream stream;

  RealAgent(String service, String token, String... coordinators) {
    InstantSource clock = InstantSource.system();
    Node node = new Node(UUID.randomUUID().toString(), "default", service, Map.of(), "", "test");
    stream =
        new ControlStream(
            node,
            List.of(coordinators),
            () -> JoinToken.parse(token),
            tls,
            IdentityStore.NONE,
            new Handler(node),
            timer,
            clock,
            new Random(),
            new Log(Log.Level.DEBUG, new PrintStream(said, true, StandardCharsets.UTF_8), clock));
    stream.start();
  }

  boolean connected() {
    return stream.connected();
  }

  /** Its log so far. */
  String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    stream.stop();
    timer.shutdownNow();
  }

  private record Handler(Node node) implements ControlHandler {
    @Override
    public Message.Hello hello(String epoch) {
      return new Message.Hello(
          1, node.agent(), node.instance(), Map.of(), "", epoch, Map.of(), List.of(), true);
    }

    @Override
    public void joining(@Nullable String awaited, boolean proven) {}

    @Override
    public void opened(Message.Welcome welcome, String localAddress, ControlStream stream) {}

    @Override
    public void received(Message message, ControlStream stream) {
      if (message instanceof Message.Push push) {
        stream.send(new Message.Ack(push.n()));
      }
    }

    @Override
    public void closed() {}
  }
}
