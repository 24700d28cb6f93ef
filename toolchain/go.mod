// The builder of everything the machine lacks. Standard library only, so that it starts without a download.
module sitewright/toolchain

go 1.24.0
