package programs;

import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * {@code Sockets SERVICE PORT}: calls {@code http://SERVICE/}, connects to the port by bare sockets
 * of both kinds, listens by both kinds, says {@code ports N N}, and waits for its input to end.
 */
public final class Sockets {
  private Sockets() {}

  public static void main(String[] args) throws Exception {
    HttpURLConnection call =
        (HttpURLConnection) new URL("http://" + args[0] + "/").openConnection();
    System.out.println("status " + call.getResponseCode());
    InetSocketAddress to = new InetSocketAddress("127.0.0.1", Integer.parseInt(args[1]));
    try (Socket socket = new Socket(to.getAddress(), to.getPort());
        SocketChannel channel = SocketChannel.open(to);
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocketChannel acceptor =
            ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      System.out.println("ports " + server.getLocalPort() + " " + acceptor.socket().getLocalPort());
      while (System.in.read() >= 0) {
        continue;
      }
    }
  }
}
