/** Stands for a package that is loaded but never used: jest.config.js. */
export {};
