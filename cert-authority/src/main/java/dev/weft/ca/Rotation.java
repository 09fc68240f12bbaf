package dev.weft.ca;

import dev.weft.ca.CaState.Authority;
import dev.weft.ca.CaState.Former;
import dev.weft.ca.CaState.Phase;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How one root follows another: steps from a state to the next one, without keys, clocks or stores.
 * A step is one write, so whoever finds a state goes on from there, whoever wrote it.
 */
final class Rotation {
  /**
   * With three, a coordinator's handshake has nine certificates: leaf, intermediate, root, and two
   * for each of these. The JDK takes ten.
   */
  static final int MAX_FORMER = 3;

  private static final Duration LONGEST_SETTLING = Duration.ofSeconds(30);

  private Rotation() {}

  /**
   * For so long a phase lasts at least that ends when all connected agents are ready: an agent may
   * just be on its way from one coordinator to another, and connected to none.
   */
  static Duration settling(CaState state) {
    Duration tenth = window(state);
    return tenth.compareTo(LONGEST_SETTLING) < 0 ? tenth : LONGEST_SETTLING;
  }

  /** The time over which agents renew, so that they do not come all at once. */
  static Duration window(CaState state) {
    return Duration.ofMillis(state.longestLeafMillis()).dividedBy(10);
  }

  /**
   * When the phase ends whoever is ready; null if it waits for nothing. None waits for everybody
   * for ever: any member could hold it then. Those who do not trust the new root by the end of
   * DISTRIBUTING still believe what it signs, by the cross certificate.
   */
  static @Nullable Instant until(CaState state) {
    Instant since = Instant.ofEpochMilli(state.sinceMillis());
    return switch (state.phase()) {
      case STABLE -> null;
      case DISTRIBUTING -> since.plusMillis(state.longestLeafMillis());
      case SIGNING -> since.plus(window(state));
      // Not from the beginning of SIGNING: that forgives a coordinator that followed late.
      case RETIRING -> since.plusMillis(state.longestLeafMillis());
    };
  }

  /** Begins: from now on everybody is to trust both. */
  static CaState begin(
      CaState state, Authority root, Authority intermediate, byte[] cross, Instant now) {
    Authority old = state.roots().get(0);
    List<Former> former = new ArrayList<>();
    former.add(new Former(old.id(), old.certificate(), cross));
    former.addAll(state.former());
    return new CaState(
        Phase.DISTRIBUTING,
        now.toEpochMilli(),
        state.longestLeafMillis(),
        with(state.roots(), root),
        with(state.intermediates(), intermediate),
        state.signer(),
        former);
  }

  /**
   * The next state, if it is time for it.
   *
   * @param everyone whether all agents are ready for it: in DISTRIBUTING, they trust both roots; in
   *     RETIRING, their certificates are of the new one
   * @return null if it is not
   */
  static @Nullable CaState next(CaState state, boolean everyone, Instant now) {
    Instant until = until(state);
    boolean over = until != null && !now.isBefore(until);
    boolean ready =
        everyone && !now.isBefore(Instant.ofEpochMilli(state.sinceMillis()).plus(settling(state)));
    return switch (state.phase()) {
      case STABLE -> null;
      case DISTRIBUTING -> ready || over ? sign(state, now) : null;
      case SIGNING -> over ? state.withPhase(Phase.RETIRING, now.toEpochMilli()) : null;
      case RETIRING -> ready || over ? finish(state, now) : null;
    };
  }

  /** The new root signs. The old one's key has nothing left to do, and is forgotten. */
  private static CaState sign(CaState state, Instant now) {
    Authority old = state.roots().get(0);
    Authority root = newest(state);
    List<Authority> intermediates =
        state.intermediates().stream().filter(one -> one.issuer().equals(root.id())).toList();
    if (intermediates.isEmpty()) {
      throw new CaException("the authority's state has no intermediate of root " + root.id());
    }
    return new CaState(
        Phase.SIGNING,
        now.toEpochMilli(),
        state.longestLeafMillis(),
        List.of(new Authority(old.id(), old.issuer(), old.certificate(), new byte[0]), root),
        intermediates,
        intermediates.get(intermediates.size() - 1).id(),
        state.former());
  }

  private static CaState finish(CaState state, Instant now) {
    return new CaState(
        Phase.STABLE,
        now.toEpochMilli(),
        0, // every coordinator says its own again
        List.of(newest(state)),
        state.intermediates(),
        state.signer(),
        state.former());
  }

  /**
   * Without the former roots that nobody needs any more. One is needed while it is in the bundle,
   * while a live token pins it, and while one before it is needed, whose way leads over it.
   *
   * @param pins of live tokens; an empty one is of a token that does not tell
   */
  static CaState withoutForgotten(CaState state, Set<String> pins, Instant now) {
    int needed = 0;
    for (int i = 0; i < state.former().size(); i++) {
      Former one = state.former().get(i);
      X509Certificate root = Certificates.read(one.certificate());
      boolean trusted = state.roots().stream().anyMatch(r -> r.id().equals(one.id()));
      if (!trusted && !now.isBefore(root.getNotAfter().toInstant())) {
        break; // it has ended, and so has every way over it
      }
      if (trusted || pins.contains(CertificateAuthority.pin(root)) || pins.contains("")) {
        needed = i + 1;
      }
    }
    return needed == state.former().size()
        ? state
        : state.withFormer(state.former().subList(0, needed));
  }

  private static Authority newest(CaState state) {
    return state.roots().get(state.roots().size() - 1);
  }

  private static List<Authority> with(List<Authority> all, Authority one) {
    List<Authority> more = new ArrayList<>(all);
    more.add(one);
    return more;
  }
}
