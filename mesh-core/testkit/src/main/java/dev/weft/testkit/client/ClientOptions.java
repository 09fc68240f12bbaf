package dev.weft.testkit.client;

/**
 * What a client library, or its adapter, cannot do; the kit leaves out what depends on it and the
 * table in {@code docs/clients.md} says so.
 *
 * @param http2 speaks HTTP/2
 * @param cancels a call under way can be cancelled from outside
 * @param deadline has a timeout of its own for the whole call
 * @param answersLateTimeouts an attempt whose time is over can become an answer of the mesh
 * @param mirrors sends copies of requests besides
 * @param keepsPlaintextApart connections in plaintext to one address are not shared by services
 * @param refusesInRedirects a refusal in the middle of a chain of redirects is a response
 * @param removesOwnFields fields that the library adds by itself can be removed
 * @param errorsForStatus gives an exception instead of the body when a status is 400 or more
 */
public record ClientOptions(
    boolean http2,
    boolean cancels,
    boolean deadline,
    boolean answersLateTimeouts,
    boolean mirrors,
    boolean keepsPlaintextApart,
    boolean refusesInRedirects,
    boolean removesOwnFields,
    boolean errorsForStatus) {}
