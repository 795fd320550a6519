// The gRPC message PeerFrame{bytes body = 1} without copies: a broadcast message is shared by the
// frames of every peer, and a frame with anything but one body is refused (DOS-2).
// Thread rule: values.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "engine/ports.h"

#include <grpcpp/support/byte_buffer.h>

namespace galen::net {

/// The largest body: a block with all its receipts and results (engine/state_wire.h). Consensus
/// messages have their own, lower limit.
inline constexpr std::size_t kMaxFrameBodyBytes = limits::kMaxPeerMessageBytes + 1024 * 1024;
/// Bytes that a frame adds to its body at most.
inline constexpr std::size_t kFrameOverheadBytes = 8;

/// Shares the body's memory. REQUIRES: 1 <= body size <= kMaxFrameBodyBytes.
[[nodiscard]] grpc::ByteBuffer make_frame(const engine::SharedBytes& body);

/// The one body. kMalformed for an empty frame, unknown fields or a non-minimal length.
[[nodiscard]] Result<Bytes> parse_frame(const grpc::ByteBuffer& frame);

}  // namespace galen::net
