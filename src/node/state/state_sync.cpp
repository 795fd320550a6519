#include "node/state/state_sync.h"

#include "base/limits.h"
#include "engine/inspect.h"
#include "ledger/transaction.h"
#include "pbft/replica.h"

#include <algorithm>
#include <string>
#include <utility>

namespace galen::node {
namespace {

using engine::CheckedGapBlock;
using engine::GapMerge;
using engine::StateMessage;
using ledger::KeyKind;
using ledger::TreeKind;

constexpr std::uint64_t kAllowancePauseMs = 20;

template <class T>
const T* as(const std::optional<StateMessage>& message) {
  return message ? std::get_if<T>(&*message) : nullptr;
}

/// A subject's tree, when this leaf of the main tree holds its root.
std::optional<ledger::TreeId> subtree_of(const ledger::StateKey& key) {
  if (key.kind != KeyKind::kSubjectRoot && key.kind != KeyKind::kAuditRoot) return std::nullopt;
  const TreeKind kind = key.kind == KeyKind::kSubjectRoot ? TreeKind::kClinical : TreeKind::kAudit;
  return ledger::TreeId{kind, PatientId::from(key.id)};
}

bool carries_order(const ledger::DecodedTransaction& transaction) {
  return std::any_of(
      transaction.operations.begin(), transaction.operations.end(), [](const auto& operation) {
        return std::holds_alternative<ledger::ErasePatient>(operation.value) ||
               std::holds_alternative<ledger::EraseRecord>(operation.value);
      });
}

}  // namespace

StateSync::StateSync(Parts parts) : parts_(std::move(parts)), sources_(parts_.validators) {}

Result<StateSync::Outcome> StateSync::run(Height target) {
  GALEN_TRY(intake_, parts_.database.intake());
  const storage::Head here = parts_.database.head();
  next_ = here.height().next();
  parent_ = here.hash;
  parent_certificate_ = here.certificate;
  while (!parts_.stopping()) {
    std::optional<storage::Head> reached;
    GALEN_TRY(const bool done, attempt(target, reached));
    if (!done) {
      parts_.pause(kStatePauseMs);
      continue;
    }
    GALEN_TRY_STATUS(intake_->prepare(reached->header.state_root));
    return Outcome{std::move(intake_), *std::move(reached), std::move(erasures_)};
  }
  return fail(ErrorCode::kUnavailable, "stopping");
}

Result<bool> StateSync::attempt(Height target, std::optional<storage::Head>& reached) {
  const Height last{next_.value - 1};
  const auto goal = find_goal(std::max({target, erased_as_of_, last}));
  if (!goal) return false;
  parts_.aim(goal->head);
  GALEN_TRY(const bool blocks, fetch_blocks(*goal));
  // A body that went after the goal's head is still counted there: a later head has to be taken.
  if (!blocks || erased_as_of_ > goal->head.height()) return false;
  if (parent_ != goal->head.hash) {
    report_fork({*goal->head.certificate, *parent_certificate_}, goal->head.header);
    return false;
  }
  GALEN_TRY(const bool state, fetch_state(*goal));
  if (state) reached = goal->head;
  return state;
}

std::vector<ValidatorIndex> StateSync::sources() const {
  std::vector<ValidatorIndex> result;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const ValidatorIndex index{static_cast<std::uint16_t>(i)};
    if (index != parts_.self && parts_.connected(index)) result.push_back(index);
  }
  std::stable_sort(result.begin(), result.end(), [this](ValidatorIndex a, ValidatorIndex b) {
    const Source& x = sources_[a.value];
    const Source& y = sources_[b.value];
    return std::pair(x.faults, x.asked) < std::pair(y.faults, y.asked);
  });
  return result;
}

std::optional<StateMessage> StateSync::ask(ValidatorIndex source, const StateMessage& question) {
  Source& to = sources_[source.value];
  to.asked = ++questions_;
  while (!to.allowance.take(parts_.now_ms() / pbft::kTickMs, engine::kMaxReplyBytes)) {
    if (parts_.stopping()) return std::nullopt;
    parts_.pause(kAllowancePauseMs);
  }
  if (parts_.stopping()) return std::nullopt;
  auto answer = parts_.ask(source, question);
  if (!answer) {
    blame(source, "no answer");
    return answer;
  }
  const std::size_t cost = std::max(engine::encode(*answer).size(), engine::kServeCostBytes);
  if (cost < engine::kMaxReplyBytes) to.allowance.give_back(engine::kMaxReplyBytes - cost);
  return answer;
}

void StateSync::blame(ValidatorIndex source, const std::string& what) {
  ++sources_[source.value].faults;
  if (!parts_.stopping()) parts_.blame(source, what);
}

/// All of it was verified: nobody's word, but certificates of Q members (SAF-15).
void StateSync::report_fork(std::vector<ledger::Certificate> certificates,
                            const ledger::BlockHeader& header) {
  const std::string height = std::to_string(header.height.value);
  const bool two = certificates.size() == 2 &&
                   certificates.front().subject.height == certificates.back().subject.height;
  ledger::FailStopBundle bundle;
  bundle.chain = parts_.database.chain();
  bundle.reason = two ? "two certificates for different blocks at height " + height
                      : "certified block " + height + " does not follow the block before it here";
  bundle.certificates = std::move(certificates);
  bundle.header = header;
  parts_.fork(bundle);
}

std::optional<StateSync::Goal> StateSync::find_goal(Height at_least) {
  for (const ValidatorIndex source : sources()) {
    const auto answer = ask(source, engine::HeadRequest{});
    const auto* offered = as<engine::HeadReply>(answer);
    if (offered == nullptr) continue;
    storage::Head head{offered->header, ledger::block_hash(offered->header), offered->certificate};
    const pbft::BlockInfo info{head.hash,
                               head.header.height,
                               head.header.parent,
                               head.header.epoch,
                               head.header.origin_view};
    const bool holds = head.header.chain == parts_.database.chain() &&
                       engine::makes_final(offered->certificate, info) &&
                       parts_.check_certificate(offered->certificate).has_value();
    if (!holds) {
      blame(source, "a head that is not certified");
    } else if (head.height() >= at_least) {
      return Goal{std::move(head), source};
    }
  }
  return std::nullopt;
}

/// Verified blocks from `first` on, at least one; nullopt when the source has none or is at fault.
std::optional<std::vector<CheckedGapBlock>> StateSync::ask_blocks(ValidatorIndex source,
                                                                  Height first,
                                                                  Height last) {
  const std::uint64_t count =
      std::min<std::uint64_t>(last.value - first.value + 1, limits::kMaxSyncBlocksPerReply);
  const auto answer = ask(source, engine::GapRequest{0, first, static_cast<std::uint16_t>(count)});
  const auto* reply = as<engine::GapReply>(answer);
  if (reply == nullptr) return std::nullopt;
  const auto refuse = [&](const std::string& what) {
    blame(source, what);
    return std::nullopt;
  };
  if (reply->blocks.empty() || reply->blocks.size() > count)
    return refuse("another number of blocks");
  if (reply->head.subject.type != ledger::VoteType::kCommit)
    return refuse("a head that is not certified");
  if (auto head = parts_.check_certificate(reply->head); !head) return refuse(head.error().message);
  std::vector<CheckedGapBlock> blocks;
  for (const engine::GapBlock& sent : reply->blocks) {
    auto block = engine::check_gap_block(parts_.database.chain(), sent);
    if (!block) return refuse(block.error().message);
    if (block->header.height.value != first.value + blocks.size())
      return refuse("a block of another height");
    if (!blocks.empty() && block->header.parent != blocks.back().hash)
      return refuse("blocks that do not follow");
    if (auto certified = parts_.check_certificate(sent.certificate); !certified) {
      return refuse(certified.error().message);
    }
    if (engine::has_holes(*block))
      erased_as_of_ = std::max(erased_as_of_, reply->head.subject.height);
    blocks.push_back(*std::move(block));
  }
  return blocks;
}

Result<bool> StateSync::fetch_blocks(const Goal& goal) {
  while (next_ <= goal.head.height()) {
    std::vector<GapMerge> merges;
    ValidatorIndex from;
    for (const ValidatorIndex source : sources()) {
      auto blocks = ask_blocks(source, next_, goal.head.height());
      if (!blocks) continue;
      if (const CheckedGapBlock& first = blocks->front(); first.header.parent != parent_) {
        std::vector<ledger::Certificate> certificates{first.certificate};
        // Only both together contradict each other; genesis has none.
        if (parent_certificate_) certificates.push_back(*parent_certificate_);
        report_fork(std::move(certificates), first.header);
        return false;
      }
      for (CheckedGapBlock& block : *blocks) merges.emplace_back(std::move(block), source);
      from = source;
      break;
    }
    if (merges.empty() || !fill_holes(merges, from)) return false;
    for (const GapMerge& merged : merges) GALEN_TRY_STATUS(keep(merged));
  }
  return true;
}

/// Asks every other source for what the first one lacks.
bool StateSync::fill_holes(std::vector<GapMerge>& blocks, ValidatorIndex first_source) {
  const auto lacks = [](const GapMerge& merged) { return engine::has_holes(merged.block()); };
  const auto is_settled = [&] {
    return std::all_of(
        blocks.begin(), blocks.end(), [&](const GapMerge& b) { return b.settled(enough()); });
  };
  const Height last = blocks.back().block().header.height;
  for (const ValidatorIndex source : sources()) {
    const auto hole = std::find_if(blocks.begin(), blocks.end(), lacks);
    if (hole == blocks.end()) break;
    if (source == first_source || (sources_[source.value].faults > 0 && is_settled())) continue;
    Height next = hole->block().header.height;
    const std::uint64_t begun = parts_.now_ms();
    while (next <= last) {
      if (parts_.now_ms() - begun >= kHolesMs) {
        ++sources_[source.value].faults;
        break;
      }
      const auto found = ask_blocks(source, next, last);
      if (!found) break;
      for (const CheckedGapBlock& block : *found) {
        GapMerge& merged =
            blocks[block.header.height.value - blocks.front().block().header.height.value];
        if (merged.block().hash == block.hash) merged.add(block, source);
      }
      next = Height{next.value + found->size()};
    }
  }
  return is_settled();
}

Status StateSync::keep(const GapMerge& merged) {
  const CheckedGapBlock block = merged.finish(enough());
  std::vector<ledger::DecodedTransactionPtr> transactions;
  execution::BlockOutcome outcome;
  for (std::size_t i = 0; i < block.transactions.size(); ++i) {
    GALEN_TRY(
        auto decoded,
        ledger::decode_and_check(ledger::encode(block.transactions[i]), parts_.database.chain()));
    outcome.receipts.push_back({decoded->id, block.receipts[i].ok, block.receipts[i].results_root});
    auto& results = outcome.results.emplace_back();
    for (const engine::GapResult& result : block.receipts[i].results) {
      results.push_back(result.result.value_or(ledger::OperationResult{}));
    }
    if (carries_order(*decoded)) erasures_.push_back(decoded);
    transactions.push_back(std::move(decoded));
  }
  const storage::CommitBatch batch{
      block.header, block.certificate, transactions, outcome, 0, merged.late_holes(enough())};
  GALEN_TRY_STATUS(intake_->add_block(batch));
  next_ = block.header.height.next();
  parent_ = block.hash;
  parent_certificate_ = block.certificate;
  return {};
}

Result<bool> StateSync::fetch_state(const Goal& goal) {
  std::vector<Wanted> stack;
  GALEN_TRY_STATUS(want({execution::PageId{}, goal.head.header.state_root}, nullptr, stack));
  const std::uint64_t begun = parts_.now_ms();
  while (!stack.empty()) {
    GALEN_TRY(const bool going, fetch_places(goal, stack));
    GALEN_TRY_STATUS(intake_->staging().flush());
    if (!going) return false;
    if (parts_.now_ms() - begun < kStateGoalMs) continue;
    ++sources_[goal.source.value].faults;
    return false;
  }
  return true;
}

Result<bool> StateSync::fetch_places(const Goal& goal, std::vector<Wanted>& stack) {
  const std::size_t count = std::min(stack.size(), engine::kMaxStatePlaces);
  const std::vector<Wanted> batch(stack.end() - static_cast<std::ptrdiff_t>(count), stack.end());
  stack.resize(stack.size() - count);
  engine::StateRequest request{0, goal.head.height(), {}};
  for (const Wanted& wanted : batch) request.places.push_back(wanted.place);
  const auto answer = ask(goal.source, request);
  const auto* reply = as<engine::StateReply>(answer);
  if (reply == nullptr) return false;
  if (reply->parts.size() > count) {
    blame(goal.source, "more parts than asked for");
    return false;
  }
  std::vector<engine::ProvenPart> proven;
  std::vector<ledger::TreeId> trees;
  for (std::size_t i = 0; i < reply->parts.size(); ++i) {
    auto part = engine::prove_part(reply->parts[i], batch[i].place);
    if (!part) {
      blame(goal.source, part.error().message);
      return false;
    }
    proven.push_back(*std::move(part));
    trees.push_back(batch[i].place.at.tree);
  }
  GALEN_TRY_STATUS(intake_->staging().make_keys(trees));
  for (std::size_t i = 0; i < proven.size(); ++i) {
    GALEN_TRY_STATUS(take_part(batch[i], reply->parts[i], std::move(proven[i]), stack));
  }
  if (reply->parts.size() == count) return true;
  // Cut for its size, or that state is gone there: then somebody else comes first, with a newer
  // one.
  const bool cut = engine::encode(*answer).size() >= engine::kMaxReplyBytes / 2;
  if (!cut) ++sources_[goal.source.value].faults;
  stack.insert(
      stack.end(), batch.begin() + static_cast<std::ptrdiff_t>(reply->parts.size()), batch.end());
  return cut;
}

Status StateSync::want(engine::StatePlace place,
                       const std::shared_ptr<Open>& parent,
                       std::vector<Wanted>& stack) {
  GALEN_TRY(const bool here, intake_->staging().has(place.at, place.hash));
  if (here) return {};
  if (parent) ++parent->missing;
  stack.push_back({std::move(place), parent});
  return {};
}

Status StateSync::take_part(const Wanted& wanted,
                            const engine::StatePart& part,
                            engine::ProvenPart proven,
                            std::vector<Wanted>& stack) {
  const execution::PageId& at = wanted.place.at;
  const auto open =
      std::make_shared<Open>(Open{at, wanted.place.hash, std::move(proven.page), wanted.parent, 0});
  if (const auto* inner = std::get_if<execution::InnerPage>(&open->page)) {
    for (std::size_t i = 0; i < execution::kPageChildren; ++i) {
      const execution::NodeSummary& child = inner->children.at(i);
      if (child.kind == execution::NodeKind::kEmpty) continue;
      engine::StatePlace below{at, child.hash};
      below.at.digits.push_back(static_cast<std::uint8_t>(i));
      GALEN_TRY_STATUS(want(std::move(below), open, stack));
    }
  } else {
    const auto& leaves = std::get<execution::Bucket>(open->page).leaves;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const engine::StateValue& value = part.values[i];
      GALEN_TRY_STATUS(
          intake_->staging().put_value(proven.keys[i], leaves[i].hash, value.s, value.value));
      const auto tree = subtree_of(proven.keys[i]);
      if (!tree || value.value.size() != Digest::kSize) continue;
      GALEN_TRY_STATUS(
          want({execution::PageId{*tree, {}}, Digest::from(value.value)}, open, stack));
    }
  }
  return open->missing == 0 ? complete(open) : Status{};
}

Status StateSync::complete(std::shared_ptr<Open> open) {
  while (open) {
    GALEN_TRY_STATUS(intake_->staging().put_page(open->at, open->hash, open->page));
    const std::shared_ptr<Open> parent = open->parent;
    if (!parent || --parent->missing > 0) return {};
    open = parent;
  }
  return {};
}

}  // namespace galen::node
