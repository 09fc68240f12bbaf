package dev.weft.systemtests;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * Three ZooKeeper servers in containers, on the machine's own network so that their ports outlive a
 * restart. No registry is asked for an image: it is made of a runtime linked from JDK 17 and the
 * machine's C library. The servers' classes are those that {@code weft-control.jar} carries.
 */
final class Ensemble implements AutoCloseable {
  private static final int SERVERS = 3;
  private static final String MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

  private final List<GenericContainer<?>> servers = new ArrayList<>();
  private final List<Integer> clientPorts = new ArrayList<>();

  private Ensemble() {}

  static Ensemble start(Path folder) {
    Ensemble ensemble = new Ensemble();
    try {
      Path own = Files.createTempDirectory(folder, "ensemble"); // there may be one after another
      ImageFromDockerfile image = image(own);
      List<Integer> ports =
          IntStream.generate(Ports::free).distinct().limit(SERVERS * 3).boxed().toList();
      StringBuilder peers = new StringBuilder();
      for (int i = 0; i < SERVERS; i++) {
        peers.append(
            "server.%d=127.0.0.1:%d:%d;127.0.0.1:%d%n"
                .formatted(i + 1, ports.get(i * 3), ports.get(i * 3 + 1), ports.get(i * 3 + 2)));
        ensemble.clientPorts.add(ports.get(i * 3 + 2));
      }
      for (int i = 0; i < SERVERS; i++) {
        ensemble.servers.add(server(image, own, i + 1, peers.toString()));
      }
      ensemble.servers.parallelStream().forEach(GenericContainer::start);
      return ensemble;
    } catch (IOException e) {
      ensemble.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      ensemble.close();
      throw e;
    }
  }

  /** For {@code --zookeeper}. */
  String connectString() {
    return String.join(",", clientPorts.stream().map(port -> "127.0.0.1:" + port).toList());
  }

  int size() {
    return servers.size();
  }

  /** {@code kill -9} of one server, and its start again on its data. */
  void restart(int index) {
    GenericContainer<?> server = servers.get(index);
    DockerClient docker = server.getDockerClient();
    docker.killContainerCmd(server.getContainerId()).exec();
    docker.startContainerCmd(server.getContainerId()).exec();
  }

  @Override
  public void close() {
    servers.forEach(GenericContainer::stop);
  }

  private static GenericContainer<?> server(
      ImageFromDockerfile image, Path folder, int id, String peers) throws IOException {
    Path data = Files.createDirectories(folder.resolve("zookeeper-" + id + "/data"));
    Files.writeString(data.resolve("myid"), String.valueOf(id));
    Files.writeString(
        data.resolveSibling("zoo.cfg"),
        "tickTime=500\ninitLimit=20\nsyncLimit=10\nadmin.enableServer=false\n"
            + "4lw.commands.whitelist=srvr\ndataDir=/zookeeper/data\n"
            + peers);
    return new GenericContainer<>(image)
        .withNetworkMode("host")
        .withFileSystemBind(data.getParent().toString(), "/zookeeper", BindMode.READ_WRITE)
        .withFileSystemBind(Built.control().toString(), "/weft-control.jar", BindMode.READ_ONLY)
        .withCommand(
            "/jre/bin/java",
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            "/weft-control.jar",
            MAIN,
            "/zookeeper/zoo.cfg");
  }

  private static ImageFromDockerfile image(Path folder) throws IOException {
    Path root = Files.createDirectories(folder.resolve("rootfs"));
    run(
        folder,
        Jdk.JDK_17.home().resolve("bin/jlink").toString(),
        "--add-modules",
        "java.base,java.logging,java.management,java.naming,java.security.jgss,java.security.sasl,"
            + "java.xml,jdk.unsupported",
        "--strip-debug",
        "--no-man-pages",
        "--no-header-files",
        "--output",
        root.resolve("jre").toString());
    List<String> binaries = new ArrayList<>();
    try (var files = Files.walk(root.resolve("jre"))) {
      files
          .filter(file -> file.endsWith("bin/java") || file.toString().endsWith(".so"))
          .forEach(file -> binaries.add(file.toString()));
    }
    List<String> ldd = new ArrayList<>(List.of("ldd"));
    ldd.addAll(binaries);
    Set<String> libraries = new LinkedHashSet<>();
    Pattern.compile("(?m)^\\s+(?:\\S+ => )?(/\\S+) \\(0x")
        .matcher(run(folder, ldd.toArray(new String[0])))
        .results()
        .map((MatchResult match) -> match.group(1))
        .filter(path -> !path.startsWith(root.toString()))
        .forEach(libraries::add);
    for (String library : libraries) {
      Path copy = root.resolve(library.substring(1));
      Files.createDirectories(copy.getParent());
      Files.copy(Path.of(library), copy);
    }
    Files.createDirectories(root.resolve("tmp"));
    return new ImageFromDockerfile("localhost/weft-zookeeper-test", true)
        .withFileFromString("Dockerfile", "FROM scratch\nCOPY rootfs /\n")
        .withFileFromPath("rootfs", root);
  }

  private static String run(Path folder, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0 && !command[0].equals("ldd")) {
        throw new IOException(String.join(" ", command) + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return output;
  }
}
