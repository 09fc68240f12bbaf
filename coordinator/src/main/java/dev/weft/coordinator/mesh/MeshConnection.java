package dev.weft.coordinator.mesh;

import dev.weft.coordinator.ca.Refusal;
import dev.weft.coordinator.registry.Lease;
import dev.weft.coordinator.registry.Origin;
import dev.weft.policy.Cidr;
import dev.weft.policy.SpiffeId;
import dev.weft.wire.Message;
import dev.weft.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: after the handshake it is known whether it has a certificate; without one it may
 * join and nothing else, and then is who it has joined as. With one, {@code hello} makes it a
 * stream.
 */
final class MeshConnection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(MeshConnection.class);

  private static final long LINGER_MILLIS = 200;

  private final Hub hub;
  private final SvidTrust trust;
  private final Strangers.Stranger stranger;
  private final FrameDecoder frames;
  private SvidTrust.@Nullable Peer peer;
  private @Nullable String entered;
  private @Nullable AgentStream stream;
  private @Nullable ScheduledFuture<?> greeting;
  private boolean joining;
  private boolean done;

  MeshConnection(Hub hub, SvidTrust trust, Strangers.Stranger stranger, TlsRecords records) {
    this.hub = hub;
    this.trust = trust;
    this.stranger = stranger;
    this.frames = new FrameDecoder(records);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    greeting =
        context
            .executor()
            .schedule(
                () -> {
                  log.debug("{} said nothing in time", Hub.text(context.channel().remoteAddress()));
                  context.close();
                },
                hub.limits().greeting().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (!handshake.isSuccess()) {
        log.debug(
            "{}: no TLS: {}",
            Hub.text(context.channel().remoteAddress()),
            String.valueOf(handshake.cause()));
        context.close();
        return;
      }
      shaken(context);
    }
    context.fireUserEventTriggered(event);
  }

  private void shaken(ChannelHandlerContext context) {
    SslHandler ssl = context.pipeline().get(SslHandler.class);
    if (!Message.ALPN.equals(ssl.applicationProtocol())) {
      log.debug(
          "{}: application protocol {} (expected: {})",
          Hub.text(context.channel().remoteAddress()),
          ssl.applicationProtocol(),
          Message.ALPN);
      context.close();
      return;
    }
    try {
      peer = trust.verify(certificates(ssl));
    } catch (SSLPeerUnverifiedException e) {
      peer = null;
    } catch (CertificateException e) {
      // The handshake believed it: the bundle changed meanwhile, or the session was resumed.
      log.info("{}: {}", Hub.text(context.channel().remoteAddress()), e.getMessage());
      context.close();
      return;
    }
    if (peer != null && !enter(context, peer)) {
      return;
    }
    context
        .pipeline()
        .addBefore(context.name(), "frames", frames)
        // One message after the other: who has asked for too much is not read from amid a batch.
        .addBefore(context.name(), "flow", new FlowControlHandler());
  }

  /** Whether there is room for one more of that identity; it is refused if not. */
  private boolean enter(ChannelHandlerContext context, SvidTrust.Peer itself) {
    String service = itself.id().namespace() + "/" + itself.id().service();
    Identities.Identity identity = hub.identities().enter(service);
    if (identity == null) {
      refuse(
          context,
          "too_many",
          service
              + ": too many connections (expected: at most "
              + hub.identities().limits().streams()
              + ")");
      return false;
    }
    entered = service;
    frames.identified(identity.frames);
    return true;
  }

  private static Certificate[] certificates(SslHandler ssl) throws SSLPeerUnverifiedException {
    return ssl.engine().getSession().getPeerCertificates();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    if (done) {
      ReferenceCountUtil.release(frame);
      return;
    }
    byte[] payload = payload(frame);
    Message message;
    try {
      message = Message.decode(payload);
    } catch (WireException e) {
      refuse(context, "bad_frame", String.valueOf(e.getMessage()));
      return;
    }
    AgentStream open = stream;
    if (open != null) {
      open.receive(message, payload.length);
    } else if (joining) {
      refuse(context, "bad_request", message.type() + " while a join is being answered");
    } else {
      greet(context, message);
    }
  }

  private static byte[] payload(Object frame) {
    ByteBuf bytes = (ByteBuf) frame;
    try {
      return ByteBufUtil.getBytes(bytes);
    } finally {
      bytes.release();
    }
  }

  private void greet(ChannelHandlerContext context, Message message) {
    SvidTrust.Peer itself = peer;
    if (itself == null && message instanceof Message.Join join) {
      join(context, join);
    } else if (itself != null && message instanceof Message.Hello hello) {
      hello(context, itself, hello);
    } else if (itself == null) {
      refuse(
          context,
          "no_certificate",
          message.type() + ": needs a client certificate of this mesh (expected: join first)");
    } else {
      refuse(context, "bad_request", message.type() + ": comes too early (expected: hello)");
    }
  }

  private void join(ChannelHandlerContext context, Message.Join join) {
    joining = true;
    stranger.advance(Strangers.Stage.JOINING);
    Channel channel = context.channel();
    String remote = Hub.text(channel.remoteAddress());
    boolean loopback =
        channel.remoteAddress() instanceof InetSocketAddress inet
            && inet.getAddress().isLoopbackAddress();
    hub.joining(
        () -> {
          try {
            Message.Joined joined = hub.enrolment().join(join, remote, loopback);
            trust.verify(Hub.chain(joined)); // remembered: the loop does not pay for it
            return joined;
          } catch (Refusal e) {
            return new Message.Refused(e.code(), String.valueOf(e.getMessage()));
          } catch (CertificateException e) {
            return outrun(e);
          }
        },
        context.executor(),
        answer -> joined(context, answer));
  }

  /** The token has proved what the certificate says: nobody has to shake hands again for that. */
  private void joined(ChannelHandlerContext context, Message answer) {
    joining = false;
    if (!(answer instanceof Message.Joined joined)) {
      last(context, answer);
      return;
    }
    if (done) {
      return; // it has gone meanwhile
    }
    SvidTrust.Peer itself;
    try {
      itself = trust.verify(Hub.chain(joined));
    } catch (CertificateException e) {
      last(context, outrun(e));
      return;
    }
    peer = itself;
    context.writeAndFlush(Hub.frame(context.alloc(), joined.encode()));
    enter(context, itself);
  }

  /** The certificate was revoked, or its root retired, while it was being issued. */
  private static Message.Refused outrun(CertificateException why) {
    return new Message.Refused(
        "unavailable", "what was issued holds no more, try again: " + why.getMessage());
  }

  private void hello(ChannelHandlerContext context, SvidTrust.Peer itself, Message.Hello hello) {
    if (hello.proto() < 1) {
      refuse(
          context,
          "bad_proto",
          "hello.proto: " + hello.proto() + " (expected: " + Message.PROTOCOL + ")");
      return;
    }
    if (itself.id().namespace().equals(SpiffeId.SYSTEM_NAMESPACE)) {
      refuse(context, "not_granted", itself.id() + " is no service (expected: one of an agent)");
      return;
    }
    Lease lease;
    try {
      lease =
          hub.registry()
              .connect(
                  itself.id().namespace(),
                  itself.id().service(),
                  hello.instance(),
                  hello.labels(),
                  hello.zone(),
                  origin(context.channel(), itself));
    } catch (IllegalArgumentException e) {
      refuse(context, "bad_request", "hello." + e.getMessage());
      return;
    }
    identify();
    AgentStream opened = new AgentStream(hub, context.channel(), itself, hello, lease);
    stream = opened;
    hub.added(opened);
    opened.start(hello);
    if (hub.isStopping()) {
      opened.goAway(0);
    }
  }

  private static Origin origin(Channel channel, SvidTrust.Peer peer) {
    InetAddress source =
        channel.remoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : null;
    // A range that this version cannot read grants nothing.
    return new Origin(
        source, peer.addresses().stream().map(Cidr::parse).filter(Objects::nonNull).toList());
  }

  private void identify() {
    ScheduledFuture<?> timer = greeting;
    if (timer != null) {
      timer.cancel(false);
      greeting = null;
      stranger.leave();
    }
  }

  private void refuse(ChannelHandlerContext context, String code, String message) {
    last(context, new Message.Refused(code, message));
  }

  private void last(ChannelHandlerContext context, Message message) {
    done = true;
    ChannelFuture written = context.writeAndFlush(Hub.frame(context.alloc(), message.encode()));
    if (stream == null) {
      written.addListener(ChannelFutureListener.CLOSE);
    } else {
      // It says more than one thing at once. To close with something of it unread would reset, and
      // the refusal might never be seen; and who does not read it is not waited for.
      context.executor().schedule(() -> context.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.flush();
    context.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    AgentStream open = stream;
    if (open != null && !done) {
      open.writabilityChanged();
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    identify();
    done = true;
    AgentStream open = stream;
    if (open != null) {
      stream = null;
      open.closed();
    }
    if (entered != null) {
      hub.identities().leave(entered);
      entered = null;
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof FrameDecoder.TooMuch && !done) {
      refuse(context, "too_many", String.valueOf(cause.getMessage()));
      return;
    }
    if (cause instanceof DecoderException || cause instanceof java.io.IOException) {
      log.debug("{}: {}", Hub.text(context.channel().remoteAddress()), cause.toString());
    } else {
      log.error("{}: closed", Hub.text(context.channel().remoteAddress()), cause);
    }
    context.close();
  }
}
