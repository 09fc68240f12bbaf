package dev.weft.coordinator.admin;

import dev.weft.ca.CaState.Phase;
import dev.weft.ca.CaStatus;
import dev.weft.ca.RotationRefused;
import dev.weft.coordinator.CaAdmin;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The certificate authority: where it stands, and the rotation of its root. */
final class Authority {
  private final CaAdmin admin;

  Authority(CaAdmin admin) {
    this.admin = admin;
  }

  Reply status(Request request) {
    return Reply.json(tree(admin.view()));
  }

  Reply rotate(Request request) throws ProblemException {
    try {
      admin.rotate();
    } catch (RotationRefused e) {
      throw new ProblemException(ProblemException.Kind.CONFLICT, String.valueOf(e.getMessage()));
    }
    return Reply.json(202, tree(admin.view()));
  }

  private static Map<String, Object> tree(CaAdmin.View view) {
    CaStatus status = view.status();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("phase", status.phase().name());
    put(tree, "since", status.since());
    put(tree, "until", status.until());
    List<Object> roots = new ArrayList<>();
    for (X509Certificate root : status.bundle()) {
      Map<String, Object> one = certificate(root);
      one.put("use", use(status, root));
      roots.add(one);
    }
    for (X509Certificate root : status.former()) {
      if (!status.bundle().contains(root)) {
        Map<String, Object> one = certificate(root);
        one.put("use", "PINNED");
        roots.add(one);
      }
    }
    tree.put("roots", roots);
    tree.put("signer", certificate(status.signer()));
    if (status.phase() != Phase.STABLE) {
      tree.put("progress", progress(view));
    }
    return tree;
  }

  private static String use(CaStatus status, X509Certificate root) {
    if (root.equals(status.root())) {
      return "SIGNING";
    }
    // Before the one that signs stands the one that it replaces, after it the one to come.
    return status.bundle().indexOf(root) < status.bundle().indexOf(status.root())
        ? "RETIRING"
        : "NEXT";
  }

  private static Map<String, Object> progress(CaAdmin.View view) {
    int agents = 0;
    int ready = 0;
    List<Object> coordinators = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (CaAdmin.Progress one : view.progress()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("id", one.coordinator());
      tree.put("following", one.following());
      if (one.following()) {
        agents += one.agents();
        ready += one.ready();
        missing.addAll(one.missing());
        tree.put("agents", one.agents());
        tree.put("ready", one.ready());
      }
      coordinators.add(tree);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("agents", agents);
    tree.put("ready", ready);
    tree.put("missing", missing);
    tree.put("coordinators", coordinators);
    return tree;
  }

  private static Map<String, Object> certificate(X509Certificate certificate) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", certificate.getSubjectX500Principal().getName());
    tree.put("fingerprint", fingerprint(certificate));
    tree.put("notBefore", certificate.getNotBefore().toInstant().toString());
    tree.put("notAfter", certificate.getNotAfter().toInstant().toString());
    return tree;
  }

  /** As {@code openssl x509 -fingerprint -sha256}, without its colons and in lower case. */
  private static String fingerprint(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256, every certificate its encoding", e);
    }
  }

  private static void put(Map<String, Object> tree, String field, @Nullable Instant time) {
    if (time != null) {
      tree.put(field, time.truncatedTo(ChronoUnit.SECONDS).toString());
    }
  }
}
