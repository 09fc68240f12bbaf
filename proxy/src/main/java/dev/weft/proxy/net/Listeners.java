package dev.weft.proxy.net;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Listener;
import dev.weft.drive.Drive;
import dev.weft.host.Problems;
import dev.weft.runtime.Log;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The ports of the proxy, and the event loops that serve them. Safe for use by any thread. */
public final class Listeners implements AutoCloseable {
  private static final int MAX_THREADS = 4;

  private final MultiThreadIoEventLoopGroup loops;
  private final Map<EventExecutor, Worker> workers = new ConcurrentHashMap<>();
  private final Map<EventExecutor, Crowd> callers = new ConcurrentHashMap<>();
  private final Map<EventExecutor, Crowd> callees = new ConcurrentHashMap<>();
  private final Answers answers;
  private final Timeouts timeouts;
  private final long replayLimit;
  private final Lookup lookup;
  private final Log log;
  private final ChannelGroup channels;
  private final Queue<Listener> opened = new ConcurrentLinkedQueue<>();

  /**
   * @param replayLimit up to this size, in bytes, a body is kept to be sent again
   */
  public Listeners(Drive outbound, Problems problems, Log log, long replayLimit) {
    this(
        outbound,
        problems,
        log,
        replayLimit,
        Timeouts.DEFAULT,
        Capacity.of(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory()));
  }

  Listeners(
      Drive outbound,
      Problems problems,
      Log log,
      long replayLimit,
      Timeouts timeouts,
      Capacity capacity) {
    int threads = Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("weft-proxy", true), NioIoHandler.newFactory());
    this.channels = new DefaultChannelGroup(loops.next(), true);
    this.answers = new Answers(problems, log);
    this.timeouts = timeouts;
    this.replayLimit = replayLimit;
    this.lookup = new Lookup(outbound, answers);
    this.log = log;
    for (EventExecutor loop : loops) {
      Worker worker =
          new Worker(
              (EventLoop) loop, Math.max(1, capacity.idle() / threads), outbound, answers::fault);
      workers.put(loop, worker);
      callers.put(loop, capacity.inbound().share(threads));
      callees.put(loop, capacity.outbound().share(threads));
      worker.start();
    }
  }

  /**
   * Listens as an HTTP proxy.
   *
   * @param at on loopback: whoever reaches it calls as this service
   * @return where it listens
   */
  public InetSocketAddress proxy(InetSocketAddress at) throws IOException {
    return outbound(at, null);
  }

  /**
   * Listens as if it were a service.
   *
   * @param at on loopback
   * @param service host, as in a URI
   * @param port which of the service's ports is called; -1 for its main one
   */
  public InetSocketAddress service(InetSocketAddress at, String service, int port)
      throws IOException {
    return outbound(at, new OutboundSite.Service(service, port));
  }

  private InetSocketAddress outbound(InetSocketAddress at, OutboundSite.@Nullable Service service)
      throws IOException {
    if (at.getAddress() == null || !at.getAddress().isLoopbackAddress()) {
      throw new IOException(at + " (expected: a loopback address)");
    }
    Site site = new OutboundSite(service, lookup, answers, log);
    return bind(
        at,
        (channel, worker) -> {
          ServerConnection connection = connection(channel, worker, callees, site);
          if (connection != null) {
            channel.pipeline().addLast(connection);
          }
        });
  }

  /** Takes the port that others call. Until it is opened, connections are turned away. */
  public Inbound inbound(InetSocketAddress at) throws IOException {
    InboundPort port = new InboundPort();
    port.bound = bind(at, port);
    return port;
  }

  /** The port in front of the application. */
  public interface Inbound {
    /** Where it listens. */
    InetSocketAddress address();

    /**
     * The application accepts: the mesh is told of the port, and asked about what comes.
     *
     * @param application where it listens
     */
    void open(dev.weft.bridge.Inbound mesh, InetSocketAddress application);
  }

  private final class InboundPort implements BiConsumer<Channel, Worker>, Inbound {
    private InetSocketAddress bound = new InetSocketAddress(0);
    private volatile @Nullable Listener listener;
    private volatile @Nullable Site site;

    @Override
    public InetSocketAddress address() {
      return bound;
    }

    @Override
    public void open(dev.weft.bridge.Inbound mesh, InetSocketAddress application) {
      Listener told = mesh.open("proxy", bound, false);
      opened.add(told);
      site = new InboundSite(told, application);
      listener = told;
    }

    @Override
    public void accept(Channel channel, Worker worker) {
      Listener told = listener;
      Site known = site;
      if (told == null || known == null) {
        channel.close();
        return;
      }
      ServerConnection connection = connection(channel, worker, callers, known);
      if (connection != null) {
        channel.pipeline().addLast(new FirstBytes(worker, told, connection, timeouts));
      }
    }
  }

  /** Null, and the channel is closed, if there is no room for one more. */
  private @Nullable ServerConnection connection(
      Channel channel, Worker worker, Map<EventExecutor, Crowd> side, Site site) {
    Crowd crowd = side.get(channel.eventLoop());
    if (crowd == null) {
      throw new IllegalStateException("an event loop that is none of ours");
    }
    ServerConnection made =
        new ServerConnection(channel, worker, crowd, site, answers, timeouts, replayLimit);
    if (!crowd.enter(made.place())) {
      log.warnOnce(
          "connections", crowd.members() + " connections are busy on each event loop; no more fit");
      channel.close();
      return null;
    }
    channel.closeFuture().addListener(closed -> crowd.leave(made.place()));
    return made;
  }

  private InetSocketAddress bind(InetSocketAddress at, BiConsumer<Channel, Worker> accepted)
      throws IOException {
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, Buffers.reads())
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel, accepted);
                  }
                })
            .bind(at)
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new IOException(at + ": " + Errors.text(binding.cause()), binding.cause());
    }
    channels.add(binding.channel());
    return (InetSocketAddress) binding.channel().localAddress();
  }

  private void accept(Channel channel, BiConsumer<Channel, Worker> accepted) {
    channels.add(channel);
    Worker worker = workers.get(channel.eventLoop());
    if (worker == null) {
      throw new IllegalStateException("an event loop that is none of ours");
    }
    accepted.accept(channel, worker);
  }

  /** Closes everything, at once; the mesh is told first. */
  @Override
  public void close() {
    for (Listener told = opened.poll(); told != null; told = opened.poll()) {
      try {
        told.close();
      } catch (RuntimeException e) {
        Bridge.fault(e);
      }
    }
    // An event loop may end without having closed what is on it: Netty's own check comes too early.
    channels.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
