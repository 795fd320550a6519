// Parts of the canonical encodings that messages and journal records share; not for other folders.
// Readers record a failure in the Reader (limits, canonical signatures). FROZEN.
// Thread rule: functions of their arguments.
#pragma once

#include "codec/codec.h"
#include "pbft/message.h"

#include <optional>

namespace galen::pbft::fields {

/// A certificate of kMaxValidators members fits.
inline constexpr std::size_t kMaxCertificateBytes = 8 * 1024;
/// A VIEW-CHANGE with two certificates fits.
inline constexpr std::size_t kMaxViewChangeBytes = 2 * kMaxCertificateBytes + 256;

void write(codec::Writer& writer, const ledger::Certificate& certificate);
ledger::Certificate read_certificate(codec::Reader& reader);
void write(codec::Writer& writer, const std::optional<ledger::Certificate>& certificate);
std::optional<ledger::Certificate> read_optional_certificate(codec::Reader& reader);
void write(codec::Writer& writer, const Vote& vote);
Vote read_vote(codec::Reader& reader);
/// u32 length, bytes. REQUIRES: not null.
void write_block(codec::Writer& writer, const SharedBytes& block);
SharedBytes read_block(codec::Reader& reader);
void write_optional_block(codec::Writer& writer, const SharedBytes& block);
SharedBytes read_optional_block(codec::Reader& reader);
/// Without the signature.
void write_body(codec::Writer& writer, const ViewChange& view_change);
void write(codec::Writer& writer, const ViewChange& view_change);
ViewChange read_view_change(codec::Reader& reader);
/// Without the signature.
void write_body(codec::Writer& writer, const NewView& new_view);
void write(codec::Writer& writer, const NewView& new_view);
NewView read_new_view(codec::Reader& reader);

/// Equal bytes, or both null.
[[nodiscard]] bool same_block(const SharedBytes& a, const SharedBytes& b);

}  // namespace galen::pbft::fields
