package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Async;
import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Request;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Decides what a test says, one attempt after the other, and remembers what it is told. */
final class Script implements Source, Call {
  static final Refusal REFUSED = new Refusal(503, "weft; error=test", new byte[0], null);
  static final MeshAddress SOMEWHERE = new Somewhere();
  static final Executor REFUSING =
      step -> {
        throw new AssertionError("nothing has to be waited for");
      };

  private final Deque<Scripted> left = new ArrayDeque<>();
  private final Deque<Scripted> copies = new ArrayDeque<>();
  private final List<Throwable> faults = new ArrayList<>();
  private final FakeTime time = new FakeTime();
  private @Nullable Scripted undecided;
  private String failing = "";

  FakeTime time() {
    return time;
  }

  Drive drive() {
    return new Drive(this, time, faults::add);
  }

  /** As an adapter that does not block, where nothing has to be waited for. */
  @Nullable Async begin() {
    List<@Nullable Async> told = new ArrayList<>();
    drive().find(new AnyRequest(), REFUSING, told::add);
    assertThat(told).hasSize(1);
    return told.get(0);
  }

  /** Faults of ours, by their messages. */
  List<String> faults() {
    return faults.stream().map(Throwable::getMessage).toList();
  }

  /** The next attempt. */
  Scripted then() {
    Scripted made = new Scripted();
    left.add(made);
    return made;
  }

  /** The next copy. */
  Scripted copy() {
    Scripted made = new Scripted();
    copies.add(made);
    return made;
  }

  /** What becomes of a call about which nothing could be decided. */
  Scripted undecided() {
    Scripted made = new Scripted();
    undecided = made;
    return made;
  }

  /** Makes a method of this throw. */
  void fail(String method) {
    failing = method;
  }

  private void mayFail(String method) {
    if (failing.equals(method)) {
      throw new IllegalStateException(method);
    }
  }

  @Override
  public @Nullable Call call(Request request) {
    mayFail("call");
    return left.isEmpty() ? null : this;
  }

  @Override
  public void find(
      Request request, Executor later, BiConsumer<@Nullable Call, @Nullable Throwable> found) {
    mayFail("find");
    Call call;
    try {
      call = call(request);
    } catch (RuntimeException e) {
      found.accept(null, e);
      return;
    }
    found.accept(call, null);
  }

  @Override
  public @Nullable Call undecided(Request request) {
    Scripted only = undecided;
    if (only == null) {
      return null;
    }
    Script refused = new Script();
    refused.left.add(only);
    return refused;
  }

  @Override
  public Attempt attempt() {
    mayFail("attempt");
    return left.remove();
  }

  @Override
  public @Nullable Attempt mirror() {
    mayFail("mirror");
    return copies.poll();
  }

  /** One attempt. */
  static final class Scripted implements Attempt {
    private final List<String> told = new ArrayList<>();
    private String failing = "";
    private @Nullable Refusal refusal;
    private long delayNanos;
    private long timeoutNanos;
    private long connectNanos;
    private Verdict onResponse = Verdict.DELIVER;
    private Verdict onFailure = Verdict.DELIVER;
    private Verdict onTimeout = Verdict.DELIVER;

    /** Every outcome that it was told, in order. */
    List<String> told() {
      return told;
    }

    Scripted failing(String method) {
      failing = method;
      return this;
    }

    Scripted refused() {
      refusal = REFUSED;
      return this;
    }

    Scripted delay(long nanos) {
      delayNanos = nanos;
      return this;
    }

    Scripted timeout(long nanos) {
      timeoutNanos = nanos;
      return this;
    }

    Scripted connect(long nanos) {
      connectNanos = nanos;
      return this;
    }

    Scripted onResponse(Verdict verdict) {
      onResponse = verdict;
      return this;
    }

    Scripted onFailure(Verdict verdict) {
      onFailure = verdict;
      return this;
    }

    Scripted onTimeout(Verdict verdict) {
      onTimeout = verdict;
      return this;
    }

    private <T> T unless(String method, T value) {
      if (failing.equals(method)) {
        throw new IllegalStateException(method);
      }
      return value;
    }

    @Override
    public @Nullable Refusal refusal() {
      return unless("refusal", refusal);
    }

    @Override
    public long delayNanos() {
      return unless("delay", delayNanos);
    }

    @Override
    public MeshAddress address() {
      return unless("address", SOMEWHERE);
    }

    @Override
    public @Nullable HeadChange change() {
      return unless("change", null);
    }

    @Override
    public long timeoutNanos() {
      return unless("timeout", timeoutNanos);
    }

    @Override
    public long connectTimeoutNanos() {
      return unless("connectTimeout", connectNanos);
    }

    @Override
    public Verdict responded(int status, @Nullable String retryAfter) {
      told.add(String.valueOf(status));
      return unless("responded", onResponse);
    }

    @Override
    public @Nullable HeadChange responseChange() {
      return unless("responseChange", null);
    }

    @Override
    public Verdict failed(Throwable error, @Nullable Failure known) {
      told.add(error.getMessage() + (known == Failure.UNSENT ? ", unsent" : ""));
      return unless("failed", onFailure);
    }

    @Override
    public Verdict timedOut() {
      told.add("timed out");
      return unless("timedOut", onTimeout);
    }

    @Override
    public void abandoned() {
      told.add("abandoned");
      unless("abandoned", "");
    }
  }

  /** Nothing is ever sent there. */
  private static final class Somewhere extends MeshAddress {
    private static final long serialVersionUID = 1L;

    Somewhere() {
      super(InetAddress.getLoopbackAddress(), 1);
    }

    @Override
    public boolean tls() {
      return false;
    }

    @Override
    public SSLEngine clientEngine(String... alpn) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket layer(Socket raw, int timeoutMillis) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SSLSocketFactory sslSocketFactory() {
      throw new UnsupportedOperationException();
    }
  }
}
