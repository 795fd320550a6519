// Blocks as a node tells them, which may say whatever it likes.
#include "base/hex.h"
#include "client/queries.h"
#include "client_fixture.h"
#include "ledger/receipt.h"

namespace galen::client {
namespace {

class BlocksTest : public ClientTest {
 protected:
  BlocksTest() {
    while (chain_.size() < 5) grow(next());
    own_.block = [this](const auto& request, auto& response) {
      return answer(request.height(), response);
    };
  }

  /// Of a chain with two transactions in every block.
  [[nodiscard]] ledger::BlockHeader next() const {
    auto header = support::next_header(trusted_, genesis_);
    header.receipts_root = ledger::receipts_root(receipts(header.height.value));
    return header;
  }

  void grow(const ledger::BlockHeader& header) {
    chain_.push_back(support::certified(header));
    (void)trusted_.accept(chain_.back());
  }

  static std::vector<ledger::Receipt> receipts(std::uint64_t height) {
    std::vector<ledger::Receipt> made(2);
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i].transaction.value.fill(static_cast<std::uint8_t>(16 * height + i));
      made[i].ok = i == 0;
    }
    return made;
  }

  grpc::Status answer(std::uint64_t height, v1::GetBlockResponse& response) {
    if (height == 0 || height > chain_.size()) return {grpc::StatusCode::NOT_FOUND, "not found"};
    const auto& head = chain_[height - 1];
    response.set_header(to_string(ledger::encode(head.header)));
    response.set_certificate(to_string(ledger::encode(head.certificate)));
    response.set_block_hash(to_string(ledger::block_hash(head.header)));
    for (const auto& receipt : receipts(height)) {
      response.add_tx_ids(to_string(receipt.transaction));
      response.add_receipts(to_string(ledger::encode(receipt)));
    }
    bend_(response);
    return grpc::Status::OK;
  }

  ErrorCode error_when(const std::function<void(v1::GetBlockResponse&)>& bend) {
    bend_ = bend;
    const auto block = get_block(*session_, 2);
    return block ? ErrorCode::kInternal : block.error().code;
  }

  std::function<void(v1::GetBlockResponse&)> bend_ = [](auto&) {};
  ledger::HeaderChain trusted_{genesis_};
  std::vector<ledger::CertifiedHeader> chain_;
};

TEST_F(BlocksTest, ABlockNamesItsTransactionsInOrder) {
  bend_ = [](auto& answer) { answer.clear_tx_ids(); };  // the receipts alone count
  const auto block = get_block(*session_, 2);
  ASSERT_TRUE(block) << block.error().message;
  EXPECT_EQ(block->hash, to_hex(ledger::block_hash(chain_[1].header)));
  EXPECT_EQ(block->transactions,
            (std::vector{to_hex(receipts(2)[0].transaction), to_hex(receipts(2)[1].transaction)}));
}

TEST_F(BlocksTest, TransactionsThatTheHeaderDoesNotHoldAreRefused) {
  EXPECT_EQ(error_when([](auto& answer) {
              auto other = receipts(2)[0];
              other.transaction.value[0] ^= 1U;
              answer.set_receipts(0, to_string(ledger::encode(other)));
            }),
            ErrorCode::kCorrupt)
      << "another id";
  EXPECT_EQ(error_when([](auto& answer) {
              answer.mutable_tx_ids()->RemoveLast();
              answer.mutable_receipts()->RemoveLast();
            }),
            ErrorCode::kCorrupt)
      << "one hidden";
  EXPECT_EQ(error_when([](auto& answer) {
              answer.add_tx_ids(answer.tx_ids(0));
              answer.add_receipts(answer.receipts(0));
            }),
            ErrorCode::kCorrupt)
      << "one added";
  EXPECT_EQ(error_when([](auto& answer) {
              answer.mutable_tx_ids()->SwapElements(0, 1);
              answer.mutable_receipts()->SwapElements(0, 1);
            }),
            ErrorCode::kCorrupt)
      << "another order";
  EXPECT_EQ(error_when([](auto& answer) { answer.set_receipts(1, "x"); }), ErrorCode::kMalformed);
}

TEST_F(BlocksTest, AHeaderThatIsNotCertifiedIsRefused) {
  EXPECT_EQ(error_when([this](auto& answer) {
              auto header = chain_[1].header;
              header.state_root.value[0] ^= 1U;
              answer.set_header(to_string(ledger::encode(header)));
            }),
            ErrorCode::kCorrupt);
  EXPECT_EQ(error_when([this](auto& answer) {
              answer.set_header(to_string(ledger::encode(chain_[0].header)));
              answer.set_certificate(to_string(ledger::encode(chain_[0].certificate)));
            }),
            ErrorCode::kCorrupt)
      << "another height";
}

/// A quorum that prepared a block has not committed it: another may stand there.
TEST_F(BlocksTest, ABlockThatWasOnlyPreparedIsRefused) {
  EXPECT_EQ(
      error_when([this](auto& answer) {
        ledger::Certificate prepared = chain_[1].certificate;
        prepared.subject.type = ledger::VoteType::kPrepare;
        const Bytes statement = ledger::vote_statement(chain_[1].header.chain, prepared.subject);
        for (auto& [member, signature] : prepared.signatures) {
          signature =
              support::numbered_key(4, static_cast<std::uint8_t>(member.value + 1)).sign(statement);
        }
        answer.set_certificate(to_string(ledger::encode(prepared)));
      }),
      ErrorCode::kCorrupt);
}

TEST_F(BlocksTest, AListEndsAtTheHead) {
  const auto heights = [&](std::uint64_t from, std::uint64_t count) {
    std::vector<std::uint64_t> found;
    const auto blocks = list_blocks(*session_, from, count);
    EXPECT_TRUE(blocks) << blocks.error().message;
    if (blocks) {
      for (const auto& block : *blocks) found.push_back(block.height);
    }
    return found;
  };
  EXPECT_EQ(heights(2, 3), (std::vector<std::uint64_t>{2, 3, 4}));
  EXPECT_EQ(heights(4, 3), (std::vector<std::uint64_t>{4, 5}));
  EXPECT_EQ(heights(5, 1), (std::vector<std::uint64_t>{5}));
  EXPECT_EQ(list_blocks(*session_, 6, 1).error().code, ErrorCode::kNotFound);
}

TEST_F(BlocksTest, AListHasItsLimits) {
  EXPECT_EQ(list_blocks(*session_, 1, 0).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(list_blocks(*session_, 1, kMaxBlockList + 1).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(BlocksTest, ACertifiedBlockOnAnotherParentEndsAList) {
  auto other = next();
  other.parent.value.fill(0xee);
  chain_.push_back(support::certified(other));
  EXPECT_TRUE(list_blocks(*session_, 6, 1));
  EXPECT_EQ(list_blocks(*session_, 4, 3).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace galen::client
