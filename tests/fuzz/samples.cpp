#include "fuzz/samples.h"

namespace galen::fuzz {

using namespace pbft;
using ledger::VoteType;
using pbft::test::make_block;
using pbft::test::TestBlock;

const pbft::test::Consortium& consortium() {
  static const pbft::test::Consortium made(4);
  return made;
}

std::vector<Message> messages() {
  const auto& c = consortium();
  const TestBlock first = make_block(Height{1}, c.genesis(), View{0}, 1);
  const auto prepared = c.certificate(VoteType::kPrepare, View{0}, Height{1}, first.info.hash);
  const auto committed = c.certificate(VoteType::kCommit, View{0}, Height{1}, first.info.hash);
  const TestBlock second = make_block(Height{2}, first.info.hash, View{0}, 2);
  const std::vector<ViewChange> changes{c.view_change(0, View{1}),
                                        c.view_change(1, View{1}, {}, prepared),
                                        c.view_change(2, View{1}, committed)};
  StatusReport status;
  status.suspects.resize(4);
  status.view_changes.resize(4);
  status.stamp = 1;
  status.echoes = {0, 1, 2, 3};
  for (HeldSlot& slot : status.slots) slot.members.resize(4);
  status.slots[0].proposal = HeldVote{View{0}, first.info.hash};
  status.slots[0].members[1].prepare = HeldVote{View{0}, first.info.hash};
  return {c.vote(1, VoteType::kPrepare, View{0}, Height{1}, first.info.hash),
          c.vote(2, VoteType::kCommit, View{0}, Height{1}, first.info.hash),
          c.proposal(View{0}, first),
          c.proposal(View{0}, second, committed),
          changes[0],
          changes[1],
          changes[2],
          c.new_view(View{1}, changes),
          Suspect{Epoch{0}, View{0}},
          status,
          CommitProof{committed, first.bytes},
          CommitProof{committed, nullptr},
          BlockRequest{Height{1}, first.info.hash},
          BlockBody{first.bytes}};
}

std::vector<JournalRecord> journal_records() {
  std::vector<JournalRecord> records;
  std::optional<NewView> new_view;
  for (const Message& message : messages()) {
    if (const auto* change = std::get_if<ViewChange>(&message)) records.emplace_back(*change);
    if (const auto* entered = std::get_if<NewView>(&message)) new_view = *entered;
  }
  records.emplace_back(*new_view);
  const auto& c = consortium();
  const TestBlock block = make_block(Height{1}, c.genesis(), View{1}, 3);
  VoteRecord prepare;
  prepare.vote = c.vote(1, VoteType::kPrepare, View{1}, Height{1}, block.info.hash);
  prepare.is_proposal = true;
  prepare.block = block.bytes;
  prepare.new_view = new_view;
  records.emplace_back(prepare);
  VoteRecord commit;
  commit.vote = c.vote(1, VoteType::kCommit, View{1}, Height{1}, block.info.hash);
  commit.prepared = c.certificate(VoteType::kPrepare, View{1}, Height{1}, block.info.hash);
  records.emplace_back(commit);
  return records;
}

}  // namespace galen::fuzz
