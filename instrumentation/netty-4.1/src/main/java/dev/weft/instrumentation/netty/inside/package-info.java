/**
 * What lives beside Netty in its loader, in two layers. {@link
 * dev.weft.instrumentation.netty.inside.ChannelHooks} is called beneath the pipeline of each
 * connection that a server accepts: there its first bytes are looked at, and mesh TLS is spoken, of
 * which the pipeline learns nothing. {@link dev.weft.instrumentation.netty.inside.Http1Hooks} and
 * {@link dev.weft.instrumentation.netty.inside.Http2Hooks} are called by Netty's codecs: there each
 * request is asked about before the application sees it (decision 0041).
 */
@NullMarked
package dev.weft.instrumentation.netty.inside;

import org.jspecify.annotations.NullMarked;
