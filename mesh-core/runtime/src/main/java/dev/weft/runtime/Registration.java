package dev.weft.runtime;

import dev.weft.engine.HostName;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Bounds;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this process serves, as it tells the coordinator: its ports and its state. Thread-safe; says
 * so to {@code changed} after each change, outside of its lock.
 */
public final class Registration {
  /**
   * One open port.
   *
   * @param address where it is bound; null for all addresses
   * @param mtls whether its server can take mesh TLS
   */
  public record OpenPort(@Nullable String address, int number, String library, boolean mtls) {}

  private final Set<OpenPort> open = new LinkedHashSet<>();
  private final int declaredPort;
  private final @Nullable String advertised;
  private final Runnable changed;

  /** Written under the lock; read without it, as every response asks whether this drains. */
  private volatile InstanceState state = InstanceState.STARTING;

  private int starting;

  /**
   * @param declaredPort {@code weft.port}; -1 for the first bound
   * @param advertised {@code weft.advertise}; null for where the port is bound
   */
  public Registration(int declaredPort, @Nullable String advertised, Runnable changed) {
    this.declaredPort = declaredPort;
    this.advertised = advertised;
    this.changed = changed;
  }

  /** A server accepts here from now on. */
  public void open(OpenPort port) {
    synchronized (this) {
      open.add(port);
      if (state == InstanceState.STARTING && starting == 0) {
        state = InstanceState.READY;
      }
    }
    changed.run();
  }

  public void close(OpenPort port) {
    synchronized (this) {
      open.remove(port);
    }
    changed.run();
  }

  /**
   * The application has begun to start: until a {@link #ready} for each such call open ports are
   * not enough to be ready. (Spring Cloud starts an application within the application.)
   */
  public synchronized void hold() {
    starting++;
  }

  public void ready() {
    synchronized (this) {
      starting = Math.max(0, starting - 1);
      if (state == InstanceState.STARTING && starting == 0 && !open.isEmpty()) {
        state = InstanceState.READY;
      }
    }
    changed.run();
  }

  public void drain() {
    synchronized (this) {
      state = InstanceState.DRAINING;
    }
    changed.run();
  }

  public synchronized boolean serving() {
    return !open.isEmpty();
  }

  public boolean draining() {
    return state == InstanceState.DRAINING;
  }

  /** Ports that are open, for readiness probes. */
  public synchronized List<OpenPort> ports() {
    return List.copyOf(open);
  }

  /** Where others reach what this process serves on all addresses, such as its metrics. */
  public String metricsAddress(String localAddress) {
    return advertised != null ? advertised : localAddress;
  }

  /** Open ports that only this machine reaches, while the coordinator is at another one. */
  public synchronized List<OpenPort> outOfReach(String localAddress) {
    return open.stream().filter(port -> isOutOfReach(port, localAddress)).toList();
  }

  private boolean isOutOfReach(OpenPort port, String localAddress) {
    return advertised == null
        && port.address() != null
        && HostName.isLoopback(port.address())
        && !HostName.isLoopback(localAddress);
  }

  /**
   * The registration as a message.
   *
   * @param localAddress this process's end of the connection to the coordinator: where others reach
   *     a port that is bound to all addresses
   * @return null if there is nothing to say: a mere client does not register, and one that drains
   *     has said so before it closed its last port
   */
  public synchronized Message.@Nullable Register message(String localAddress) {
    if (open.isEmpty() && state != InstanceState.READY) {
      return null;
    }
    boolean declared = open.stream().anyMatch(port -> port.number() == declaredPort);
    List<Port> ports = new ArrayList<>();
    for (OpenPort port : open) {
      if (isOutOfReach(port, localAddress)) {
        continue;
      }
      boolean primary = declared ? port.number() == declaredPort : ports.isEmpty();
      String address =
          advertised != null ? advertised : port.address() != null ? port.address() : localAddress;
      ports.add(
          new Port(
              address,
              port.number(),
              port.library(),
              primary,
              port.mtls() ? TlsMode.PERMISSIVE : TlsMode.DISABLE));
    }
    if (ports.size() > Bounds.PORTS) {
      // What is beyond is not told; that must not be the port that calls come to.
      ports.sort(Comparator.comparing(Port::primary).reversed());
    }
    return new Message.Register(ports, state);
  }
}
