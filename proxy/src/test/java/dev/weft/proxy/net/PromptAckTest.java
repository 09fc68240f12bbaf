package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.HeadReader;
import dev.weft.proxy.http.Limits;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.testkit.TestOutbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server whose second write waits for our acknowledgement of its first gets it. */
class PromptAckTest {
  private final Watched channel = new Watched();
  private final ClientConnection connection =
      new ClientConnection(
          new Worker(channel.eventLoop(), 8, new TestOutbound().driven(), fault -> {}),
          new DirectAddress(InetAddress.getLoopbackAddress(), 1));

  @BeforeEach
  void ask() throws BadMessage {
    Assumptions.assumeTrue(PromptAck.OPTION != null, "this system has no TCP_QUICKACK");
    channel.pipeline().addLast(connection);
    ByteBuf asked = text("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    RequestHead head = HeadReader.ofRequests(Limits.DEFAULT).request(asked);
    asked.release();
    assertThat(head).isNotNull();
    connection.send(new Nobody(), head, null, false);
    connection.flush();
  }

  @AfterEach
  void end() {
    channel.finishAndReleaseAll();
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  @Test
  void eachPartOfAResponseIsAcknowledged_theLastNeedNotBe() {
    channel.writeInbound(text("HTTP/1.1 200 OK\r\n"));
    assertThat(channel.config.acknowledged).isEqualTo(1);
    channel.writeInbound(text("Content-Length: 4\r\n\r\n"));
    assertThat(channel.config.acknowledged).isEqualTo(2);
    channel.writeInbound(text("go"));
    assertThat(channel.config.acknowledged).isEqualTo(3);
    channel.writeInbound(text("on"));
    assertThat(channel.config.acknowledged).isEqualTo(3);
  }

  @Test
  void aResponseInOnePieceNeedsNone() {
    channel.writeInbound(text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    assertThat(channel.config.acknowledged).isZero();
  }

  @Test
  void whoeverSendsMuchDoesNotWait() {
    channel.writeInbound(
        text("HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n"), text("x".repeat(20_000)));
    assertThat(channel.config.acknowledged).isZero();
  }

  /** A channel that counts acknowledgements. */
  private static final class Watched extends EmbeddedChannel {
    private Counting config;

    @Override
    public ChannelConfig config() {
      if (config == null) {
        config = new Counting(this); // asked for by the constructor above this one
      }
      return config;
    }
  }

  private static final class Counting extends DefaultChannelConfig {
    private int acknowledged;

    Counting(EmbeddedChannel channel) {
      super(channel);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
      if (option == PromptAck.OPTION) {
        acknowledged++;
        return true;
      }
      return super.setOption(option, value);
    }
  }

  /** Has asked, and does not care. */
  private static final class Nobody implements ClientConnection.User {
    @Override
    public void interim(ResponseHead head) {}

    @Override
    public void head(ResponseHead head) {}

    @Override
    public void body(ClientConnection from, ByteBuf piece) {
      piece.release();
    }

    @Override
    public void end(Fields trailers) {}

    @Override
    public void failed(Throwable error) {}

    @Override
    public void pause() {}

    @Override
    public void writabilityChanged() {}
  }
}
