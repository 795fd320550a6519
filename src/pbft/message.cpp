#include "pbft/message.h"

#include "base/limits.h"
#include "codec/codec.h"
#include "pbft/fields.h"

namespace galen::pbft {

using codec::Reader;
using codec::Writer;

namespace {

constexpr std::uint16_t kMessageVersion = 1;

enum class MessageType : std::uint8_t {
  kVote = 1,
  kProposal = 2,
  kViewChange = 3,
  kNewView = 4,
  kSuspect = 5,
  kStatus = 6,
  kCommitProof = 7,
  kBlockRequest = 8,
  kBlockBody = 9,
};

void write(Writer& w, const std::optional<HeldVote>& held) {
  w.boolean(held.has_value());
  if (held) w.counter(held->view).raw(held->block);
}

std::optional<HeldVote> read_held_vote(Reader& r) {
  if (!r.boolean()) return std::nullopt;
  HeldVote held;
  held.view = r.counter<View>();
  held.block = r.fixed<BlockHash>();
  return held;
}

void write(Writer& w, const HeldSlot& slot) {
  write(w, slot.proposal);
  w.count(slot.members.size());
  for (const HeldVotes& votes : slot.members) {
    write(w, votes.prepare);
    write(w, votes.commit);
  }
}

HeldSlot read_held_slot(Reader& r) {
  HeldSlot slot;
  slot.proposal = read_held_vote(r);
  const std::size_t count = r.count(limits::kMaxValidators);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    HeldVotes votes;
    votes.prepare = read_held_vote(r);
    votes.commit = read_held_vote(r);
    slot.members.push_back(votes);
  }
  return slot;
}

struct Encoder {
  Writer& w;

  void operator()(const Vote& m) const {
    w.enumeration(MessageType::kVote);
    fields::write(w, m);
  }

  void operator()(const Proposal& m) const {
    w.enumeration(MessageType::kProposal);
    fields::write(w, m.vote);
    fields::write_block(w, m.block);
    fields::write(w, m.parent_certificate);
  }

  void operator()(const ViewChange& m) const {
    w.enumeration(MessageType::kViewChange);
    fields::write(w, m);
  }

  void operator()(const NewView& m) const {
    w.enumeration(MessageType::kNewView);
    fields::write(w, m);
  }

  void operator()(const Suspect& m) const {
    w.enumeration(MessageType::kSuspect).counter(m.epoch).counter(m.view);
  }

  void operator()(const StatusReport& m) const {
    w.enumeration(MessageType::kStatus).counter(m.epoch).counter(m.view).counter(m.view_change);
    w.boolean(m.timer_expired).counter(m.applied).raw(m.applied_hash).counter(m.max_commit_height);
    w.count(m.suspects.size());
    for (const bool suspect : m.suspects) w.boolean(suspect);
    w.count(m.view_changes.size());
    for (const View view : m.view_changes) w.counter(view);
    w.u64(m.stamp).count(m.echoes.size());
    for (const std::uint64_t echo : m.echoes) w.u64(echo);
    for (const HeldSlot& slot : m.slots) write(w, slot);
  }

  void operator()(const CommitProof& m) const {
    w.enumeration(MessageType::kCommitProof);
    fields::write(w, m.certificate);
    fields::write_optional_block(w, m.block);
  }

  void operator()(const BlockRequest& m) const {
    w.enumeration(MessageType::kBlockRequest).counter(m.height).raw(m.block);
  }

  void operator()(const BlockBody& m) const {
    w.enumeration(MessageType::kBlockBody);
    fields::write_block(w, m.block);
  }
};

Proposal read_proposal(Reader& r) {
  Proposal m;
  m.vote = fields::read_vote(r);
  m.block = fields::read_block(r);
  m.parent_certificate = fields::read_optional_certificate(r);
  return m;
}

Suspect read_suspect(Reader& r) {
  Suspect m;
  m.epoch = r.counter<Epoch>();
  m.view = r.counter<View>();
  return m;
}

StatusReport read_status(Reader& r) {
  StatusReport m;
  m.epoch = r.counter<Epoch>();
  m.view = r.counter<View>();
  m.view_change = r.counter<View>();
  m.timer_expired = r.boolean();
  m.applied = r.counter<Height>();
  m.applied_hash = r.fixed<BlockHash>();
  m.max_commit_height = r.counter<Height>();
  const std::size_t suspects = r.count(limits::kMaxValidators);
  for (std::size_t i = 0; i < suspects; ++i) m.suspects.push_back(r.boolean());
  const std::size_t view_changes = r.count(limits::kMaxValidators);
  for (std::size_t i = 0; i < view_changes; ++i) m.view_changes.push_back(r.counter<View>());
  m.stamp = r.u64();
  const std::size_t echoes = r.count(limits::kMaxValidators);
  for (std::size_t i = 0; i < echoes; ++i) m.echoes.push_back(r.u64());
  for (HeldSlot& slot : m.slots) slot = read_held_slot(r);
  return m;
}

CommitProof read_commit_proof(Reader& r) {
  CommitProof m;
  m.certificate = fields::read_certificate(r);
  m.block = fields::read_optional_block(r);
  return m;
}

BlockRequest read_block_request(Reader& r) {
  BlockRequest m;
  m.height = r.counter<Height>();
  m.block = r.fixed<BlockHash>();
  return m;
}

Message read_body(Reader& r, MessageType type) {
  switch (type) {
    case MessageType::kVote: return fields::read_vote(r);
    case MessageType::kProposal: return read_proposal(r);
    case MessageType::kViewChange: return fields::read_view_change(r);
    case MessageType::kNewView: return fields::read_new_view(r);
    case MessageType::kSuspect: return read_suspect(r);
    case MessageType::kStatus: return read_status(r);
    case MessageType::kCommitProof: return read_commit_proof(r);
    case MessageType::kBlockRequest: return read_block_request(r);
    case MessageType::kBlockBody: return BlockBody{fields::read_block(r)};
  }
  r.fail_with("unknown type " + std::to_string(static_cast<int>(type)));
  return Suspect{};
}

std::size_t expected_size(const Message& message) {
  if (const auto* m = std::get_if<Proposal>(&message)) return m->block->size() + 4096;
  if (const auto* m = std::get_if<BlockBody>(&message)) return m->block->size() + 16;
  const auto* m = std::get_if<CommitProof>(&message);
  return m != nullptr && m->block ? m->block->size() + 4096 : 512;
}

}  // namespace

bool operator==(const Proposal& a, const Proposal& b) {
  return a.vote == b.vote && a.parent_certificate == b.parent_certificate &&
         fields::same_block(a.block, b.block);
}

bool operator==(const CommitProof& a, const CommitProof& b) {
  return a.certificate == b.certificate && fields::same_block(a.block, b.block);
}

bool operator==(const BlockBody& a, const BlockBody& b) {
  return fields::same_block(a.block, b.block);
}

Bytes encode(const Message& message) {
  Writer w(expected_size(message));
  std::visit(Encoder{w}, message);
  return std::move(w).take();
}

Result<Message> decode_message(BytesView bytes) {
  if (bytes.size() > limits::kMaxPeerMessageBytes) {
    return fail(ErrorCode::kTooLarge,
                "consensus message: " + std::to_string(bytes.size()) + " bytes");
  }
  Reader r(bytes, "consensus message");
  const auto type = static_cast<MessageType>(r.u8());
  Message message = read_body(r, type);
  GALEN_TRY_STATUS(r.finish());
  return message;
}

Bytes view_change_statement(const ChainId& chain, const ViewChange& view_change) {
  Writer w;
  w.tag("view-change").u16(kMessageVersion).raw(chain);
  fields::write_body(w, view_change);
  return std::move(w).take();
}

Bytes new_view_statement(const ChainId& chain, const NewView& new_view) {
  Writer w;
  w.tag("new-view").u16(kMessageVersion).raw(chain);
  fields::write_body(w, new_view);
  return std::move(w).take();
}

std::string_view name(const Message& message) {
  static constexpr std::array<std::string_view, 9> kNames = {"vote",
                                                             "proposal",
                                                             "view-change",
                                                             "new-view",
                                                             "suspect",
                                                             "status",
                                                             "commit-proof",
                                                             "block-request",
                                                             "block-body"};
  static_assert(std::variant_size_v<Message> == kNames.size());
  return kNames[message.index()];
}

}  // namespace galen::pbft
