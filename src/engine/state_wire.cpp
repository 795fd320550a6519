#include "engine/state_wire.h"

#include "base/limits.h"
#include "codec/codec.h"

#include <string>

namespace galen::engine {
namespace {

/// Apart from those of engine/wire.h.
enum class StateType : std::uint8_t {
  kGapRequest = 16,
  kGapReply = 17,
  kHeadRequest = 18,
  kHeadReply = 19,
  kStateRequest = 20,
  kStateReply = 21
};

/// Of an operation in a gap block.
enum class Presence : std::uint8_t { kErased = 0, kPresent = 1, kLate = 2 };

constexpr std::size_t kMaxCertificateBytes = 256 + limits::kMaxValidators * 66;
constexpr std::size_t kMaxHeaderBytes = 512;
constexpr std::size_t kMaxIdBytes = 64;

void write(codec::Writer& out, const GapResult& result) {
  if (!result.result) {
    out.enumeration(result.late ? Presence::kLate : Presence::kErased);
    return;
  }
  out.enumeration(Presence::kPresent).bytes(ledger::encode(*result.result));
}

void write(codec::Writer& out, const GapBlock& block) {
  out.bytes(block.block).bytes(ledger::encode(block.certificate)).count(block.receipts.size());
  for (const GapReceipt& receipt : block.receipts) {
    out.boolean(receipt.ok).raw(receipt.results_root).count(receipt.results.size());
    for (const GapResult& result : receipt.results) write(out, result);
  }
}

void write(codec::Writer& out, const StatePlace& place) {
  out.enumeration(place.at.tree.kind)
      .raw(place.at.tree.subject)
      .u8(static_cast<std::uint8_t>(place.at.digits.size()));
  for (const std::uint8_t digit : place.at.digits) out.u8(digit);
  out.raw(place.hash);
}

void write(codec::Writer& out, const StatePart& part) {
  execution::write(out, part.part);
  out.count(part.values.size());
  for (const StateValue& value : part.values) {
    out.enumeration(value.kind).bytes(value.id).raw(value.s).bytes(value.value);
  }
}

struct Encode {
  codec::Writer& out;

  void operator()(const GapRequest& m) const {
    out.enumeration(StateType::kGapRequest).u64(m.number).counter(m.from).u16(m.count);
  }

  void operator()(const GapReply& m) const {
    out.enumeration(StateType::kGapReply).u64(m.number).count(m.blocks.size());
    for (const GapBlock& block : m.blocks) write(out, block);
    out.bytes(ledger::encode(m.head));
  }

  void operator()(const HeadRequest& m) const {
    out.enumeration(StateType::kHeadRequest).u64(m.number);
  }

  void operator()(const HeadReply& m) const {
    out.enumeration(StateType::kHeadReply).u64(m.number).bytes(ledger::encode(m.header));
    out.bytes(ledger::encode(m.certificate));
  }

  void operator()(const StateRequest& m) const {
    out.enumeration(StateType::kStateRequest)
        .u64(m.number)
        .counter(m.height)
        .count(m.places.size());
    for (const StatePlace& place : m.places) write(out, place);
  }

  void operator()(const StateReply& m) const {
    out.enumeration(StateType::kStateReply).u64(m.number).count(m.parts.size());
    for (const StatePart& part : m.parts) write(out, part);
  }
};

Result<ledger::Certificate> read_certificate(codec::Reader& in) {
  const BytesView bytes = in.bytes(kMaxCertificateBytes);
  GALEN_TRY_STATUS(in.status());
  return ledger::decode_certificate(bytes);
}

Result<GapResult> read_result(codec::Reader& in) {
  const auto standing = in.enumeration<Presence>([](Presence s) { return s <= Presence::kLate; });
  if (standing != Presence::kPresent) return GapResult{std::nullopt, standing == Presence::kLate};
  const BytesView bytes = in.bytes(limits::kMaxTransactionBytes);
  GALEN_TRY_STATUS(in.status());
  GALEN_TRY(ledger::OperationResult result, ledger::decode_operation_result(bytes));
  return GapResult{std::move(result), false};
}

Result<GapBlock> read_block(codec::Reader& in) {
  GapBlock block;
  block.block = to_bytes(in.bytes(limits::kMaxBlockBytes));
  GALEN_TRY(block.certificate, read_certificate(in));
  const std::size_t receipts = in.count(limits::kMaxTransactionsPerBlock);
  for (std::size_t i = 0; i < receipts && !in.failed(); ++i) {
    GapReceipt receipt{in.boolean(), in.fixed<Digest>(), {}};
    const std::size_t results = in.count(limits::kMaxOperationsPerTransaction);
    for (std::size_t k = 0; k < results && !in.failed(); ++k) {
      GALEN_TRY(GapResult result, read_result(in));
      receipt.results.push_back(std::move(result));
    }
    block.receipts.push_back(std::move(receipt));
  }
  return block;
}

Result<StateMessage> read_gap_reply(codec::Reader& in) {
  GapReply m{in.u64(), {}, {}};
  const std::size_t count = in.count(limits::kMaxSyncBlocksPerReply);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    GALEN_TRY(GapBlock block, read_block(in));
    m.blocks.push_back(std::move(block));
  }
  GALEN_TRY(m.head, read_certificate(in));
  return StateMessage{std::move(m)};
}

Result<StateMessage> read_head_reply(codec::Reader& in) {
  HeadReply m{in.u64(), {}, {}};
  const BytesView header = in.bytes(kMaxHeaderBytes);
  GALEN_TRY_STATUS(in.status());
  GALEN_TRY(m.header, ledger::decode_block_header(header));
  GALEN_TRY(m.certificate, read_certificate(in));
  return StateMessage{std::move(m)};
}

StatePlace read_place(codec::Reader& in) {
  StatePlace place;
  place.at.tree.kind = in.enumeration<ledger::TreeKind>(
      [](ledger::TreeKind k) { return k <= ledger::TreeKind::kAudit; });
  place.at.tree.subject = in.fixed<PatientId>();
  if (place.at.tree.kind == ledger::TreeKind::kMain && !place.at.tree.subject.is_zero())
    in.fail_with("a subject in the main tree");
  const std::size_t digits = in.u8();
  if (digits >= execution::kMaxPageDigits) in.fail_with("too many digits");
  for (std::size_t i = 0; i < digits && !in.failed(); ++i) {
    place.at.digits.push_back(in.u8());
    if (place.at.digits.back() >= execution::kPageChildren) in.fail_with("not a digit");
  }
  place.hash = in.fixed<Digest>();
  return place;
}

StateMessage read_state_request(codec::Reader& in) {
  StateRequest m{in.u64(), in.counter<Height>(), {}};
  const std::size_t count = in.count(kMaxStatePlaces);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) m.places.push_back(read_place(in));
  return m;
}

StatePart read_part(codec::Reader& in) {
  StatePart part{execution::read_tree_part(in), {}};
  const std::size_t count = in.count(execution::kMaxBucketLeaves);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    StateValue value;
    value.kind = static_cast<ledger::KeyKind>(in.u8());  // known ones only: prove_part
    value.id = to_bytes(in.bytes(kMaxIdBytes));
    value.s = in.fixed<Digest>();
    value.value = to_bytes(in.bytes(kMaxStateValueBytes));
    part.values.push_back(std::move(value));
  }
  return part;
}

StateMessage read_state_reply(codec::Reader& in) {
  StateReply m{in.u64(), {}};
  const std::size_t count = in.count(kMaxStatePlaces);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) m.parts.push_back(read_part(in));
  return m;
}

Result<StateMessage> read_body(StateType type, codec::Reader& in) {
  switch (type) {
    case StateType::kGapRequest:
      return StateMessage{GapRequest{in.u64(), in.counter<Height>(), in.u16()}};
    case StateType::kGapReply: return read_gap_reply(in);
    case StateType::kHeadRequest: return StateMessage{HeadRequest{in.u64()}};
    case StateType::kHeadReply: return read_head_reply(in);
    case StateType::kStateRequest: return read_state_request(in);
    case StateType::kStateReply: return read_state_reply(in);
  }
  return fail(ErrorCode::kMalformed, "state message: unknown type");
}

template <class T>
std::size_t size_of(const T& part) {
  codec::Writer out;
  write(out, part);
  return out.view().size();
}

}  // namespace

std::uint64_t number_of(const StateMessage& message) {
  return std::visit([](const auto& m) { return m.number; }, message);
}

bool is_state_message(BytesView bytes) {
  return !bytes.empty() && bytes[0] >= static_cast<std::uint8_t>(StateType::kGapRequest) &&
         bytes[0] <= static_cast<std::uint8_t>(StateType::kStateReply);
}

std::optional<std::uint64_t> answered_number(BytesView bytes) {
  codec::Reader in(bytes, "state message");
  const std::uint8_t type = in.u8();
  const std::uint64_t number = in.u64();
  const bool is_answer = !in.failed() && is_state_message(bytes) && type % 2 == 1;
  return is_answer ? std::optional(number) : std::nullopt;
}

Bytes encode(const StateMessage& message) {
  codec::Writer out;
  std::visit(Encode{out}, message);
  return std::move(out).take();
}

std::size_t encoded_size(const GapBlock& block) {
  return size_of(block);
}

std::size_t encoded_size(const StatePart& part) {
  return size_of(part);
}

Result<StateMessage> decode_state_message(BytesView bytes) {
  if (bytes.size() > kMaxStateMessageBytes) {
    return fail(ErrorCode::kTooLarge,
                "state message of " + std::to_string(bytes.size()) + " bytes");
  }
  codec::Reader in(bytes, "state message");
  const auto type = in.enumeration<StateType>(
      [](StateType t) { return t >= StateType::kGapRequest && t <= StateType::kStateReply; });
  GALEN_TRY_STATUS(in.status());
  GALEN_TRY(StateMessage message, read_body(type, in));
  GALEN_TRY_STATUS(in.finish());
  return message;
}

Result<ProvenPart> prove_part(const StatePart& part, const StatePlace& place) {
  GALEN_TRY(execution::Page page, execution::page_of_part(part.part, place.at, place.hash));
  ProvenPart proven{std::move(page), {}};
  const auto* bucket = std::get_if<execution::Bucket>(&proven.page);
  const std::size_t leaves = bucket == nullptr ? 0 : bucket->leaves.size();
  if (part.values.size() != leaves)
    return fail(ErrorCode::kUnauthenticated, "state part: a value for each leaf");
  for (std::size_t i = 0; i < leaves; ++i) {
    const StateValue& value = part.values[i];
    const ledger::LeafContent& leaf = bucket->leaves[i].content;
    // Decoding refuses kinds of other trees and ids of another size.
    auto key =
        ledger::StateKey::decode(ledger::StateKey{place.at.tree, value.kind, value.id}.encode());
    if (!key || key->hash() != leaf.key_hash)
      return fail(ErrorCode::kUnauthenticated, "state part: another key");
    if (ledger::value_commitment(value.s, value.value) != leaf.value_commitment) {
      return fail(ErrorCode::kUnauthenticated, "state part: another value");
    }
    proven.keys.push_back(*std::move(key));
  }
  return proven;
}

}  // namespace galen::engine
