package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Incoming;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Refusal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GuardedListenerTest {
  private final List<Throwable> faults = new ArrayList<>();
  private final Script script = new Script();
  private final Listener listener = new GuardedListener(script, faults::add);

  /** A gate that says what it was told, and throws where it is to. */
  private static final class Script implements Gate, Gate.Visit {
    private final List<String> told = new ArrayList<>();
    private String broken = "";
    private @Nullable Refusal refusal;
    private @Nullable Incoming shown;

    private void at(String method) {
      if (List.of(broken.split(" ")).contains(method.split(" ")[0])) {
        throw new IllegalStateException(method);
      }
      told.add(method);
    }

    @Override
    public Listener.Sniff sniff(ByteBuffer firstBytes) {
      at("sniff");
      return Listener.Sniff.CLOSE;
    }

    @Override
    public SSLEngine serverEngine(Runnable hangUp, String... alpn) {
      at("serverEngine");
      throw new AssertionError("none here");
    }

    @Override
    public Visit admit(@Nullable SSLSession session, Incoming head, int hops) {
      at("admit " + hops);
      shown = head;
      return this;
    }

    @Override
    public boolean draining() {
      at("draining");
      return true;
    }

    @Override
    public void workStarted() {
      at("started");
    }

    @Override
    public void workEnded() {
      at("ended");
    }

    @Override
    public void close() {
      at("close");
    }

    @Override
    public @Nullable Refusal refusal() {
      return refusal;
    }

    @Override
    public @Nullable String peer() {
      at("peer");
      return "shop";
    }

    @Override
    public @Nullable String clientCertificate() {
      at("clientCertificate");
      return "URI=shop";
    }

    @Override
    public void served(int status, long nanos) {
      at("served " + status);
    }
  }

  private Exchange begin() {
    return listener.begin(null, new FakeIncoming().with("weft-hops", "2").with("x-mine", "1"));
  }

  @Test
  void aRequestEndsOnce() {
    Exchange exchange = begin();
    exchange.end(200);
    exchange.end(500);
    assertThat(script.told).containsExactly("admit 2", "peer", "started", "served 200", "ended");
  }

  @Test
  void policyIsShownNothingThatAnybodyCouldHaveWrittenInTheMeshsName() {
    begin();
    assertThat(script.shown).isNotNull();
    assertThat(script.shown.header("weft-hops")).isEmpty();
    assertThat(script.shown.header("x-forwarded-client-cert")).isEmpty();
    assertThat(script.shown.header("x-mine")).containsExactly("1");
  }

  @Test
  void whoIsNotLetInIsNotServed() {
    script.refusal = new Refusal(403, "weft", new byte[0], null);
    Exchange exchange = begin();
    assertThat(exchange.refusal()).isSameAs(script.refusal);
    Object entered = exchange.enter();
    assertThat(RequestContext.current()).isNull();
    exchange.leave(entered);
    exchange.end(403);
    assertThat(script.told).containsExactly("admit 2");
  }

  @Test
  void theThreadKnowsTheRequest_whileItWorksForIt() {
    Exchange exchange = begin();
    Object entered = exchange.enter();
    RequestContext here = RequestContext.current();
    exchange.leave(entered);
    assertThat(here).isNotNull();
    assertThat(here.hops()).isEqualTo(2);
    assertThat(here.peer()).isEqualTo("shop");
    assertThat(RequestContext.current()).isNull();
  }

  @Test
  void whatCannotBeDecidedIsRefused_andEverythingElseGoesOn() {
    for (String broken : List.of("admit", "peer")) {
      script.broken = broken;
      Refusal refusal = begin().refusal();
      assertThat(refusal).isNotNull();
      assertThat(refusal.status()).isEqualTo(403);
    }
    script.broken = "clientCertificate served ended draining close sniff serverEngine";
    Exchange exchange = begin();
    assertThat(exchange.refusal()).isNull();
    assertThat(exchange.clientCertificate()).isNull();
    exchange.end(200);
    assertThat(listener.draining()).isFalse();
    listener.working().run();
    listener.close();
    assertThat(listener.sniff(ByteBuffer.allocate(1))).isEqualTo(Listener.Sniff.NOT_OURS);
    assertThat(listener.serverEngine(() -> {})).isNull();
    assertThat(faults).hasSize(10);
  }

  /** Else draining would wait for what never began, or not for what did. */
  @Test
  void whatCouldNotBeSaidToBegin_isNotSaidToEnd() {
    script.broken = "started";
    begin().end(200);
    listener.working().run();
    assertThat(script.told).doesNotContain("ended", "served 200");
  }
}
