#include "cli/grammar.h"
#include "cli/verbs.h"

#include <cstdint>
#include <optional>
#include <string>

namespace galen::cli {

namespace {

const CLI::Range kHeights(std::uint64_t{1}, std::uint64_t{1} << 62U);

class LedgerVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add();
  }

 private:
  void add() {
    CLI::App* status = grammar_->verb(&grammar_->top(),
                                      "status",
                                      "height, block and state root of a node, or of all",
                                      {"galen status", "galen status --all --output json"},
                                      [this] { return show_status(grammar_->common(), all_); });
    status->add_flag("--all", all_, "every node of the profile");
    CLI::App* tx = grammar_->group("tx", "transactions");
    CLI::App* get = grammar_->verb(tx, "get", "one transaction", {"galen tx get ID"}, [this] {
      return get_transaction(grammar_->common(), subject_);
    });
    get->add_option("id", subject_, "transaction id")->required()->type_name("ID");
    CLI::App* block = grammar_->group("block", "blocks");
    get = grammar_->verb(block, "get", "one certified block", {"galen block get 12"}, [this] {
      return get_block(grammar_->common(), height_);
    });
    get->add_option("height", height_, "height, from 1")
        ->required()
        ->check(kHeights)
        ->type_name("HEIGHT");
    CLI::App* list = grammar_->verb(
        block,
        "list",
        "certified blocks that follow each other, oldest first; without --from the newest",
        {"galen block list", "galen block list --from 1 --count 1000 --output json"},
        [this] { return list_blocks(grammar_->common(), from_, count_); });
    list->add_option("--from", from_, "first height")->check(kHeights)->type_name("HEIGHT");
    list->add_option("--count", count_, "blocks at most; default 20")
        ->check(CLI::Range(std::uint64_t{1}, client::kMaxBlockList));
  }

  Grammar* grammar_ = nullptr;
  std::string subject_;
  std::uint64_t height_ = 0;
  std::optional<std::uint64_t> from_;
  std::uint64_t count_ = 20;
  bool all_ = false;
};

}  // namespace

void add_ledger_verbs(Grammar& grammar) {
  grammar.keep<LedgerVerbs>().bind(grammar);
}

}  // namespace galen::cli
