package dev.weft.coordinator;

import dev.weft.wire.Message;
import java.util.List;

/**
 * One agent's stream as {@code weft agents} shows it.
 *
 * @param remote {@code host:port} of its end
 * @param connectedMillis when it connected, wall-clock milliseconds
 * @param pushed number of the last policy push sent to it
 * @param acked number of the last push that it acknowledged
 * @param nacks what it did not understand, newest last, at most ten
 * @param certificateExpiryMillis end of its certificate, wall-clock milliseconds
 * @param certificateSerial serial number of its certificate, in lower-case hexadecimal
 */
public record AgentInfo(
    String instance,
    String namespace,
    String service,
    String remote,
    String agentVersion,
    long connectedMillis,
    long pushed,
    long acked,
    List<String> nacks,
    List<String> subscriptions,
    List<Message.Woven> woven,
    List<Message.Outside> outside,
    long certificateExpiryMillis,
    String certificateSerial) {}
