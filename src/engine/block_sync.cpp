#include "engine/block_sync.h"

#include "base/check.h"
#include "base/limits.h"
#include "engine/inspect.h"
#include "engine/wire.h"

#include <algorithm>
#include <tuple>

namespace galen::engine {

std::string_view name(SyncFault fault) {
  switch (fault) {
    case SyncFault::kLate: return "late";
    case SyncFault::kOvertaken: return "overtaken";
    case SyncFault::kWrongRange: return "wrong range";
    case SyncFault::kInvalid: return "invalid";
    case SyncFault::kShort: return "short";
  }
  return "unknown";
}

BlockSync::Source::Source() : allowance(kServeBurstBytes, kServeBytesPerTick) {}

BlockSync::BlockSync(ValidatorIndex self, std::size_t validators, Height applied)
    : self_(self), sources_(validators), applied_(applied), target_(applied) {
  CHECK(self.value < validators, "the own index is a validator's");
}

void BlockSync::note_status(ValidatorIndex peer, Height applied) {
  sources_.at(peer.value).reported = applied;
}

void BlockSync::note_target(Height target) {
  target_ = std::max(target_, target);
}

void BlockSync::note_applied(Height height) {
  applied_ = height;
  while (!waiting_.empty() && waiting_.begin()->first <= applied_) {
    waiting_bytes_ -= waiting_.begin()->second.block->size();
    waiting_.erase(waiting_.begin());
  }
  cuts_.erase(cuts_.begin(), cuts_.upper_bound(applied_));
  erased_.erase(erased_.begin(), erased_.upper_bound(applied_));
  for (Source& source : sources_) {
    // What was committed meanwhile need not be answered any more.
    const auto& asked = source.asked;
    if (asked && !asked->verifying && asked->first.value + asked->count <= applied_.value + 1)
      source.asked.reset();
  }
}

std::size_t BlockSync::open_requests() const {
  return static_cast<std::size_t>(
      std::count_if(sources_.begin(), sources_.end(), [](const Source& s) { return s.busy(); }));
}

std::vector<BlockSync::Request> BlockSync::ask(std::uint64_t tick) {
  tick_ = tick;
  give_up_overdue();
  std::vector<Request> requests;
  while (open_requests() < kMaxSyncRequests) {
    const auto request = next_request();
    if (!request) break;
    requests.push_back(*request);
  }
  return requests;
}

void BlockSync::give_up_overdue() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (!source.busy() || source.asked->verifying) continue;
    const ValidatorIndex index{static_cast<std::uint16_t>(i)};
    if (is_overdue(source)) {
      source.asked->given_up = true;
      blame(index, SyncFault::kLate, source.asked->first);
    } else if (source.asked->overtaken >= kOvertakenBy && source.asked->covers(next_needed())) {
      source.asked->given_up = true;
      blame(index, SyncFault::kOvertaken, source.asked->first);
    }
  }
}

bool BlockSync::is_overdue(const Source& source) const {
  const std::uint64_t age = tick_ - source.asked->tick;
  if (age >= kSyncTimeoutTicks << std::min(source.faults, kMaxSyncDoublings)) return true;
  if (age < kSyncTimeoutTicks) return false;
  const auto other = best_source(source.asked->first);
  return other && sources_[other->value].faults < source.faults;
}

std::optional<BlockSync::Request> BlockSync::next_request() {
  const auto first = first_gap();
  if (!first || (*first != next_needed() && !has_room())) return std::nullopt;
  const auto to = best_source(*first);
  if (!to) return std::nullopt;
  Source& source = sources_[to->value];
  const bool paid = source.allowance.take(tick_, kMaxReplyBytes);
  CHECK(paid, "the source was chosen for its allowance");
  Asked asked;
  asked.first = *first;
  asked.count = gap_length(*first);
  asked.tick = tick_;
  asked.order = ++order_;
  asked.reported = source.reported;
  source.last_order = asked.order;
  source.asked = asked;
  return Request{*to, asked.first, asked.count};
}

Height BlockSync::next_needed() const {
  Height height = applied_.next();
  for (auto it = waiting_.find(height); it != waiting_.end() && it->first == height; ++it)
    height = height.next();
  return height;
}

std::optional<Height> BlockSync::first_gap() const {
  const Height last{std::min(target_.value, applied_.value + kSyncWindowBlocks)};
  Height height = applied_.next();
  while (height <= last) {
    const auto open = std::find_if(sources_.begin(), sources_.end(), [&](const Source& s) {
      return s.busy() && s.asked->covers(height);
    });
    if (open != sources_.end()) {
      height = Height{open->asked->first.value + open->asked->count};
    } else if (waiting_.contains(height)) {
      height = height.next();
    } else {
      return height;
    }
  }
  return std::nullopt;
}

std::uint16_t BlockSync::gap_length(Height first) const {
  std::uint64_t end = std::min(target_.value, applied_.value + kSyncWindowBlocks) + 1;
  end = std::min(end, first.value + limits::kMaxSyncBlocksPerReply);
  if (const auto next = waiting_.lower_bound(first); next != waiting_.end())
    end = std::min(end, next->first.value);
  for (const Source& source : sources_) {
    if (source.busy() && source.asked->first > first)
      end = std::min(end, source.asked->first.value);
  }
  return static_cast<std::uint16_t>(end - first.value);
}

/// For everything that may still arrive, and one reply more.
bool BlockSync::has_room() const {
  return waiting_bytes_ + (open_requests() + 1) * limits::kMaxPeerMessageBytes <= kSyncBufferBytes;
}

/// The sound ones that reported the height, the one asked longest ago first. Only when there is
/// none (idle or not) anybody else: sound ones first, then who failed least.
std::optional<ValidatorIndex> BlockSync::best_source(Height first) const {
  const auto sound = [&](const Source& s) { return is_healthy(s) && s.reported >= first; };
  bool any_sound = false;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    any_sound |= i != self_.value && !has_erased(i, first) && sound(sources_[i]);
  }
  const auto rank = [&](const Source& s) {
    return std::tuple(!is_healthy(s), s.reported < first, s.faults, s.last_order);
  };
  std::optional<ValidatorIndex> best;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (i == self_.value || source.busy() || has_erased(i, first) || (any_sound && !sound(source)))
      continue;
    if (!source.allowance.has(tick_, kMaxReplyBytes)) continue;
    if (!best || rank(source) < rank(sources_[best->value]))
      best = ValidatorIndex{static_cast<std::uint16_t>(i)};
  }
  return best;
}

bool BlockSync::has_erased(std::size_t source, Height height) const {
  const auto found = erased_.find(height);
  return found != erased_.end() &&
         found->second.contains(ValidatorIndex{static_cast<std::uint16_t>(source)});
}

bool BlockSync::is_erased() const {
  const Height needed = next_needed();
  const auto found = erased_.find(needed);
  if (needed != applied_.next() || found == erased_.end()) return false;
  if (found->second.size() <= ledger::fault_bound(sources_.size())) return false;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (i == self_.value || has_erased(i, needed)) continue;
    // One that does not answer is asked again and again: waiting for it would give it a veto.
    if (is_healthy(source) && source.reported >= needed) return false;
  }
  return true;
}

bool BlockSync::begin_reply(ValidatorIndex from, Height first, std::size_t count) {
  Source& source = sources_.at(from.value);
  if (from == self_ || !source.asked || source.asked->verifying || source.asked->first != first)
    return false;
  if (count == 0 || count > source.asked->count) {
    const bool known = source.asked->given_up;
    source.asked.reset();
    if (!known) blame(from, SyncFault::kWrongRange, first);
    return false;
  }
  if (source.asked->given_up && !still_missing(first, count)) {
    source.asked.reset();
    return false;
  }
  source.asked->verifying = true;
  return true;
}

bool BlockSync::still_missing(Height first, std::size_t count) const {
  const Height needed = next_needed();
  for (std::size_t i = 0; i < count; ++i) {
    const Height height{first.value + i};
    if (height >= needed && !waiting_.contains(height)) return true;
  }
  return false;
}

void BlockSync::accept(ValidatorIndex from, std::vector<SyncedBlock> blocks, bool erased) {
  Source& source = sources_.at(from.value);
  CHECK(source.asked && source.asked->verifying, "the reply was begun");
  const Asked asked = *source.asked;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool in_place = blocks[i].info.height.value == asked.first.value + i;
    if (!in_place || !makes_final(blocks[i].certificate, blocks[i].info)) return refuse(from);
    bytes += blocks[i].block->size();
  }
  source.asked.reset();
  if (!asked.given_up && source.faults > 0) --source.faults;
  settle_allowance(source, bytes);
  // Crumbs overtake nobody: they would cost their sender less than they cost an honest source.
  if (blocks.size() == asked.count || bytes >= kMaxReplyBytes / 2) note_overtaken(asked.order);
  const Height end{asked.first.value + blocks.size()};
  const bool cut = blocks.size() < asked.count && end > applied_;
  if (cut && erased) erased_[end].insert(from);
  if (cut && !erased && asked.reported >= end) cuts_[end] = {from, bytes};
  for (SyncedBlock& block : blocks) keep(std::move(block));
}

void BlockSync::refuse(ValidatorIndex from) {
  Source& source = sources_.at(from.value);
  CHECK(source.asked && source.asked->verifying, "the reply was begun");
  const Height first = source.asked->first;
  source.asked.reset();
  blame(from, SyncFault::kInvalid, first);
}

void BlockSync::drop(ValidatorIndex from) {
  sources_.at(from.value).asked.reset();
}

/// Whether a reply was cut too early is known when the block it left out is here.
void BlockSync::keep(SyncedBlock block) {
  const Height height = block.info.height;
  if (const auto cut = cuts_.find(height); cut != cuts_.end()) {
    const Cut made = cut->second;
    cuts_.erase(cut);
    if (made.bytes + block.block->size() <= kMaxReplyBytes)
      blame(made.source, SyncFault::kShort, height);
  }
  if (height <= applied_ || height.value > applied_.value + kSyncWindowBlocks) return;
  const std::size_t bytes = block.block->size();
  if (waiting_.emplace(height, std::move(block)).second) waiting_bytes_ += bytes;
}

void BlockSync::note_overtaken(std::uint64_t order) {
  for (Source& source : sources_) {
    if (source.busy() && !source.asked->verifying && source.asked->order < order)
      ++source.asked->overtaken;
  }
}

void BlockSync::settle_allowance(Source& source, std::size_t used) {
  const std::size_t cost = std::max(used, kServeCostBytes);
  if (cost < kMaxReplyBytes) source.allowance.give_back(kMaxReplyBytes - cost);
}

void BlockSync::blame(ValidatorIndex index, SyncFault fault, Height first) {
  Source& source = sources_[index.value];
  source.healthy_tick = tick_ + (kSyncBackOffTicks << std::min(source.faults, kMaxSyncDoublings));
  source.faults = std::min(source.faults + 1, kMaxSyncDoublings + 1);
  if (blames_.size() == kMaxSyncBlames) blames_.erase(blames_.begin());
  blames_.push_back({index, fault, first});
}

const SyncedBlock* BlockSync::find(Height height) const {
  const auto found = waiting_.find(height);
  return found == waiting_.end() ? nullptr : &found->second;
}

}  // namespace galen::engine
