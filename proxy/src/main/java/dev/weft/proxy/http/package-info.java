/**
 * HTTP/1.1 on the wire, read so that nobody behind us can read it otherwise. Messages are taken
 * apart here and written anew: nothing but what was understood is passed on. No sockets.
 */
@NullMarked
package dev.weft.proxy.http;

import org.jspecify.annotations.NullMarked;
