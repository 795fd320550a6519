#include "cli/grammar.h"
#include "cli/verbs.h"

#include <cstdint>
#include <string>

namespace galen::cli {

namespace {

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
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U))
        ->type_name("HEIGHT");
  }

  Grammar* grammar_ = nullptr;
  std::string subject_;
  std::uint64_t height_ = 0;
  bool all_ = false;
};

}  // namespace

void add_ledger_verbs(Grammar& grammar) {
  grammar.keep<LedgerVerbs>().bind(grammar);
}

}  // namespace galen::cli
